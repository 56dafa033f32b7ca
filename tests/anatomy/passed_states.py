"""Small networks that pass a state from block to block, or mask all of their blocks."""

from __future__ import annotations

import torch
from joined_parts import Residual, Truth, main, net
from small_nets import conv
from torch import nn
from torch.nn import functional


class Embedded(nn.Module):
    """As in diffusion: something that is read off the image once is added inside each block."""

    def __init__(self):
        super().__init__()
        self.stem, self.time, self.last = conv(3, 8), nn.Linear(3, 8), conv(8, 3)
        self.blocks = nn.ModuleList(main() for _ in range(3))
        self.steps = nn.ModuleList(nn.Linear(8, 8) for _ in range(3))

    def forward(self, x):
        time = functional.silu(self.time(x.mean((2, 3))))
        x = self.stem(x)
        for (first, norm, act, second), step in zip(self.blocks, self.steps, strict=True):
            x = x + second(act(norm(first(x))) + step(time)[:, :, None, None])
        return self.last(x)


class Aggregated(nn.Module):
    """As in recurrent layer aggregation: every block reads a state, and changes it."""

    def __init__(self):
        super().__init__()
        self.stem, self.mix, self.down, self.last = conv(3, 8), conv(4, 4), conv(8, 4, 1), conv(8, 3)
        self.blocks = nn.ModuleList(main(12, 8) for _ in range(3))

    def forward(self, x):
        x = self.stem(x)
        state = torch.zeros_like(x[:, :4])
        for block in self.blocks:
            y = block(torch.cat([x, state], 1))
            x, state = x + y, torch.tanh(self.mix(state + self.down(y)))
        return self.last(x)


# --- A state that goes from block to block ---
class State(nn.Module):
    def __init__(self, *, added=False):
        super().__init__()
        self.stem, self.proj, self.fc = conv(3, 8), conv(8, 16, 1, 2), nn.Linear(16, 4)
        self.blocks = nn.ModuleList([main(8, 16, 2), main(16, 16), main(16, 16)])
        self.gate, self.mix, self.added = nn.Linear(16, 16), conv(16, 16, 1), added

    def forward(self, x):
        x, state = self.stem(x), 0
        for index, block in enumerate(self.blocks):
            y = block(x)
            state = torch.tanh(self.gate(y.mean((2, 3)))) + state
            x = functional.relu((x if index else self.proj(x)) + y * torch.sigmoid(state)[:, :, None, None])
        return self.fc(x.mean((2, 3)))


class Lstm(nn.Module):
    """One LSTM cell makes the gates of all blocks."""

    def __init__(self):
        super().__init__()
        self.stem, self.fc, self.cell = conv(3, 8), nn.Linear(8, 4), nn.Linear(16, 32)
        self.blocks = nn.ModuleList([main(), main(), main()])

    def forward(self, x):
        x = self.stem(x)
        hidden = cell = torch.zeros(x.shape[0], 8, device=x.device)
        for block in self.blocks:
            y = block(x)
            i, f, g, o = self.cell(torch.cat([y.mean((2, 3)), hidden], 1)).chunk(4, 1)
            cell = torch.sigmoid(f) * cell + torch.sigmoid(i) * torch.tanh(g)
            hidden = torch.sigmoid(o) * torch.tanh(cell)
            x = x + y * hidden[:, :, None, None]
        return self.fc(x.mean((2, 3)))


class Hyper(nn.Module):
    """The gates of all blocks are computed from the image beforehand."""

    def __init__(self):
        super().__init__()
        self.stem, self.fc, self.gates = conv(3, 8), nn.Linear(8, 4), nn.Linear(8, 24)
        self.blocks = nn.ModuleList([main(), main(), main()])

    def forward(self, x):
        x = self.stem(x)
        gates = torch.sigmoid(self.gates(x.mean((2, 3)))).chunk(3, 1)
        for gate, block in zip(gates, self.blocks, strict=True):
            x = x + block(x) * gate[:, :, None, None]
        return self.fc(x.mean((2, 3)))


class Modulated(Embedded):
    """The embedding scales what each block adds."""

    def forward(self, x):
        time = functional.silu(self.time(x.mean((2, 3))))
        x = self.stem(x)
        for block, step in zip(self.blocks, self.steps, strict=True):
            x = x + block(x) * (1 + step(time)[:, :, None, None])
        return self.last(x)


class Masked(nn.Module):
    """A network of blocks makes a mask for its input, or for what an encoder makes of it."""

    def __init__(self, *, encoded):
        super().__init__()
        wide = 8 if encoded else 3
        self.encode, self.decode = (conv(3, 8), conv(8, 3)) if encoded else (nn.Identity(), nn.Identity())
        self.first, self.last = conv(wide, 8), conv(8, wide)
        self.body = nn.Sequential(Residual(torch.add, main()), Residual(torch.add, main()))

    def forward(self, x):
        x = self.encode(x)
        return self.decode(x * torch.sigmoid(self.last(self.body(self.first(x)))))


class Attended(nn.Module):
    """A trunk of blocks, and a mask for it that has a block of its own."""

    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(Residual(torch.add, main()), Residual(torch.add, main()))
        self.mask = nn.Sequential(
            nn.MaxPool2d(2), Residual(torch.add, main()), nn.Upsample(scale_factor=2), conv(8, 8, 1), nn.Sigmoid()
        )

    def forward(self, x):
        return (1 + self.mask(x)) * self.trunk(x)


STATES = {
    "an embedding that scales": (Modulated(), Truth(8, "iii", 4)),
    "a mask for the input": (Masked(encoded=False), Truth(6, "ii")),
    "a mask for an encoded input": (Masked(encoded=True), Truth(8, "ii")),
    "a mask for a trunk": (net(Attended()), Truth(6, "ii", 3)),
    "a sum of gates": (State(), Truth(8, "pii", 3)),
    "an LSTM": (Lstm(), Truth(8, "iii", 3)),
    "computed beforehand": (Hyper(), Truth(8, "iii", 1)),
}
