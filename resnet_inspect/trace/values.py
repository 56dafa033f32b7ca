"""Whether a forward failed because it asked for values, which tensors on the meta device do not have."""

from __future__ import annotations

_TORCHS_WORDS = (
    "on meta tensors",  # item(), bool(), int(), an index
    "out of meta tensor",  # a copy to another device
    "meta device type tensor",  # numpy()
    "unallocated storage",  # tolist()
    "register_meta function for torch.nonzero",  # nonzero, where, boolean masks
    "with Meta tensors",  # operators whose output depends on values: unique, masked_select, bincount, equal
    "from the 'Meta' backend",  # operators of other libraries that have no shapes for meta
    "a meta tensor without",  # repeat_interleave
)
"""What torch says, in the messages of torch 2.4 to 2.13; a test runs what brings each of them about."""


def asks_for_values(error: BaseException) -> bool:
    """Whether ``error``, which a forward on the meta device raised, would not be there on a device with values.

    Errors that came of such an error count as well: code that catches one and raises another.
    """
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        if isinstance(cause, (RuntimeError, TypeError)) and any(words in str(cause) for words in _TORCHS_WORDS):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
