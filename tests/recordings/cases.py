"""The command lines that are recorded: single ones, and flows of several in a folder of their own."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import material


class Face(NamedTuple):
    """Where the streams of a command lead.

    Attributes:
        width: of the terminal, in columns; ``None`` for a pipe.
        colour: whether colours are wanted.
        encoding: of both streams.
    """

    width: int | None = None
    colour: bool = False
    encoding: str = "utf-8"

    def __str__(self) -> str:
        kind = "pipe" if self.width is None else f"terminal of {self.width}"
        return ", ".join([kind] + ["colours"] * self.colour + [self.encoding] * (self.encoding != "utf-8"))


PIPE = Face()
COLOURS = Face(100, colour=True)
ASCII = Face(encoding="ascii")
TABLE_FACES = (PIPE, Face(80), Face(100), Face(200), COLOURS)
FEW_FACES = (PIPE, Face(80), COLOURS)
FORMATS = ("json", "csv", "markdown", "html")
CHECK_FORMATS = (*FORMATS, "github", "sarif", "junit")


@dataclass(frozen=True)
class Step:
    """One command of a recording, or one change of its folder.

    Attributes:
        arguments: of the command; empty if there is none.
        face: where its streams lead.
        stdin: what it reads.
        environment: variables that are set for it.
        before: changes the folder first.
        show: files whose text is recorded afterwards.
        within: folder in which it runs, seen from that of the recording.
    """

    arguments: tuple[str, ...] = ()
    face: Face = PIPE
    stdin: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    before: Callable[[Path], object] | None = None
    show: tuple[str, ...] = ()
    within: str = "."

    @property
    def title(self) -> str:
        """The command line, and where it runs."""
        parts = [shlex.join(("resnet-inspect", *self.arguments)), f"[{self.face}]"]
        parts += [f"{name}={value}" for name, value in self.environment.items()]
        parts += [f"< {self.stdin!r}"] if self.stdin else []
        parts += [f"in {self.within}"] if self.within != "." else []
        return " ".join(parts)


@dataclass(frozen=True)
class Recording:
    """Steps that follow each other; independent of every other recording.

    Attributes:
        subject: names the file that it is recorded in.
        steps: from first to last.
        name: tells it from others with the same steps.
        files: of its folder; ``None`` for the one of all single cases, which no command may change.
    """

    subject: str
    steps: tuple[Step, ...]
    name: str = ""
    files: Mapping[str, str] | None = None


MORE_VARIANTS = (
    "resnet34", "resnext50_32x4d", "plain18", "resnetrs50", "resnetv2_50x1_bit", "test_resnet", "ecaresnet50d_pruned",
    "resnet50_caffe",
)  # fmt: skip

MODELS = (
    ("resnet18",),
    ("resnet50",),
    ("resnet50_v1",),
    ("resnet20_cifar",),
    ("resnet34_a",),
    ("seresnetaa50d",),
    ("resnetv2_50",),
    ("net.toml",),
    ("backbone.toml",),
    ("mixed.toml",),
    ("hostile.toml",),
    ("nets:net", "-i", "3x64x64"),
    ("nets:instance",),
    ("nets:Fails",),
    ("nets:Unused",),
    ("resnet50_caffe", "-i", "3x2x2"),
)
"""Models that are recorded in every format and at every width."""

MORE_MODELS = (
    *((name,) for name in MORE_VARIANTS),
    *((name,) for name in material.CONFIGS if (name,) not in MODELS),
    ("nets.py:net", "-k", "units=3", "-k", "looks=true"),
    ("nets:NoBlocks",),
    ("nets:Raises", "-i", "3x32x32"),
    ("nets:TwoInputs", "-i", "image=1x3x32x32", "-i", "depth=1x1x32x32"),
    ("nets:Words", "-i", "1x3:int64", "-i", "batch.more=1x3x4"),
    ("nets:Shared", "-i", "3x8x8"),
    ("nets:Wrong",),
    ("nets:ours", "-k", "name=seresnet50"),
    ("torch.nn:Linear", "-k", "in_features=3", "-k", "out_features=4", "-i", "1x3:float32"),
    ("torch.nn:Identity",),
    ("transformers:hf", "-i", "3x64x64"),
    ("resnet50", "--v1"),
    ("resnet50_v1", "--v1.5"),
    ("resnet50", "-i", "3x321x123"),
    ("resnet50", "-i", "4x64x64"),
    ("resnet18", "--device", "cpu", "-i", "2x3x64x64"),
    ("resnet18", "--device", "meta"),
)

PAIRS = (
    ("resnet50", "--v1", "--v1.5"),
    ("resnet50", "resnet50"),
    ("resnet50", "resnet50_v1"),
    ("resnet50_v1", "resnet50_caffe"),
    ("resnet50", "resnet101"),
    ("resnet50", "resnet18"),
    ("resnet34", "resnet34_a"),
    ("resnet50", "seresnetaa50d"),
    ("resnet50", "resnetv2_50"),
    ("resnet50", "resnext50_32x4d"),
    ("resnet50", "backbone.toml"),
    ("resnet50", "same.toml"),
    ("same.toml", "--v1"),
    ("resnet18", "gray.toml"),
    ("resnet18", "gray.toml", "-i", "3x64x64", "--other-input", "1x32x32"),
    ("net.toml", "mixed.toml"),
    ("hostile.toml", "resnet18"),
    ("nets:net", "nets.py:net", "-i", "3x32x32", "--other-kwargs", "units=3"),
    ("nets:net", "nets:net", "-k", "looks=true", "-i", "3x32x32"),
    ("nets:instance", "nets:Unused", "-i", "3x64x64"),
    ("nets:ours", "resnet26d"),
    ("transformers:hf", "net.toml"),
    ("resnet18", "resnet18", "--device", "cpu", "-i", "3x32x32"),
)

WEIGHTS_FILES = (
    ("r50.safetensors",),
    ("r18.safetensors",),
    ("r34_a.safetensors",),
    ("pruned.safetensors",),
    ("preact.safetensors",),
    ("mine.safetensors",),
    ("ten.safetensors",),
    ("hf.safetensors",),
    ("detectron2.safetensors",),
    ("ddp.safetensors",),
    ("odd.safetensors",),
    ("counterless.safetensors",),
    ("two.safetensors",),
    ("two.safetensors", "--prefix", "a."),
    ("sharded/model.safetensors.index.json",),
    ("cifar.pth",),
    ("list.pth",),
    ("training.pth",),
    ("training.pth", "--prefix", "state_dict_ema"),
    ("old.pt",),
)

WRONG_WEIGHTS_FILES = (
    ("two.safetensors", "--prefix", "c"),
    ("training.pth", "--prefix", "nothing"),
    ("other.safetensors",),
    ("nets.safetensors",),
    ("shard_gone/model.safetensors.index.json",),
    ("module.pth",),
    ("no_tensors.pth",),
    ("text.pth",),
    ("empty.pth",),
    ("cut.safetensors",),
    ("cut.pth",),
    ("gone.pth",),
    ("nothing",),
    ("net.toml",),
    ("resnet50",),
)

LOADINGS = (
    ("resnet50", "r50.safetensors"),
    ("resnet50_v1", "r50.safetensors"),
    ("resnet101", "r50.safetensors"),
    ("resnet50", "ten.safetensors"),
    ("resnet50", "detectron2.safetensors"),
    ("resnet18", "hf.safetensors"),
    ("resnet18", "ddp.safetensors"),
    ("resnet18", "odd.safetensors"),
    ("resnet18", "counterless.safetensors"),
    ("resnet18", "sharded/model.safetensors.index.json"),
    ("resnet34", "two.safetensors"),
    ("resnet18", "two.safetensors", "--prefix", "a."),
    ("resnet18", "r50.safetensors"),
    ("resnet34_a", "r34_a.safetensors"),
    ("resnet20_cifar", "list.pth"),
    ("net.toml", "mine.safetensors"),
    ("net.toml", "training.pth"),
    ("net.toml", "old.pt"),
    ("features.toml", "r18.safetensors"),
    ("nets:net", "nets.safetensors"),
    ("nets:Unused", "nets.safetensors"),
    ("nets:Fails", "nets.safetensors"),
    ("nets:ours", "r50.safetensors", "-k", "name=resnet50"),
    ("nets:Shared", "nets.safetensors", "--into", "first."),
)

FILTERS = (
    ("resnet50*",),
    ("*d",),
    ("resnet50",),
    ("*cifar", "--sort", "params"),
    ("--block", "basic"),
    ("--block", "bottleneck", "--max-params", "30M"),
    ("--max-macs", "4.1G", "--sort", "macs"),
    ("se*", "--sort", "name"),
    ("--sort", "depth", "--max-params", "1e7"),
)

SELECTIONS = (
    ("resnet50", "--all"),
    ("resnetv2_50", "--all"),
    ("nets:Unused", "--all"),
    ("nets:Shared", "--all", "-i", "3x8x8"),
    ("resnet50", "--stage", "2"),
    ("resnet50", "--stage", "stem", "--stage", "head"),
    ("resnet50", "--stage", "conv3_x", "--block", "0"),
    ("resnet50", "--stage", "stage4", "--block", "1", "--block", "2", "--all"),
    ("resnet50", "--block", "0"),
    ("resnet50", "--role", "shortcut"),
    ("seresnetaa50d", "--role", "attention", "--stage", "1"),
    ("nets:Unused", "--role", "unused"),
    ("resnet34", "--role", "main", "--role", "stem", "--stage", "stem"),
)

CHECKED = (
    *((f"checked/{name}",) for name in material.CHECKED),
    ("checked/met.toml", "checked/small_input.toml"),
)

CHECK_OPTIONS = (
    ("checked/unmet.toml", "checked/met.toml", "--quiet"),
    ("checked/unmet.toml", "checked/met.toml", "--verbose"),
    ("broken", "--jobs", "1"),
    ("broken", "-v", "--jobs", "1"),
    ("foreign", "--jobs", "1"),
    ("foreign", "-v", "--jobs", "1"),
    ("foreign/openmmlab.yaml", "foreign/package.json"),
    ("foreign/openmmlab.yaml", "foreign/package.json", "--only-configs"),
    ("foreign/package.json", "--only-configs"),
    ("checked/*.yaml",),
    ("checked/**/unmet.*", "-q"),
    ("checked", "--select", "RI2", "--jobs", "1"),
    ("checked", "--select", "ALL", "--jobs", "1", "-q"),
    ("checked", "--select", "RI133,expected-depth", "--ignore", "RI201"),
    ("same.toml", "--extend-select", "RI112,RI113", "--extend-select", "RI131"),
    ("checked/small_input.toml", "--ignore", "RI1", "--extend-select", "RI122"),
    ("checked/small_input.toml", "--fail-on", "error"),
    ("checked/unmet.toml", "--fail-on", "error"),
    ("checked/unmet.toml", "--exit-zero"),
    ("same.toml", "--timeout", "100"),
    ("resnet50",),
    ("resnet50", "resnet18", "same.toml", "-v"),
    ("nets:Wrong",),
    ("nets:Fails", "nets:Unused"),
    ("nets:net", "-k", "units=3", "-i", "3x32x32"),
    ("nets:TwoInputs", "-i", "image=1x3x32x32", "-i", "depth=1x1x32x32", "--select", "ALL"),
    ("transformers:hf",),
    ("checked/met.toml", "gone.toml"),
    ("gone.toml", "resnt50"),
    ("nothing",),
    ("hostile.toml", "too_small.toml", "mixed.toml", "-v"),
)

WRONG = (
    ("nonsense",), ("layer", "resnet50"), ("stage", "resnet50"), ("idetify", "x"), ("--nope",), ("resnet50",),
    ("layers",), ("compare",), ("compare", "resnet50"), ("identify",), ("weights", "resnet50"), ("summary",),
    ("layers", "resnet50", "resnet18"), ("layers", "resnet50", "--nope"), ("layers", "resnet50", "--stge", "1"),
    ("layers", "resnet50", "--format", "xml"), ("check", "same.toml", "--format", "xml"),
    ("layers", "resnet50", "--device", "tpu"), ("layers", "resnet50", "--device", "cuda"),
    ("layers", "resnet50", "--block", "-1"), ("layers", "resnet50", "--block", "x"),
    ("layers", "resnet50", "--block", "7"), ("layers", "resnet50", "--stage", "head", "--block", "0"),
    ("layers", "resnet50", "--stage", "five"), ("layers", "resnet50", "--stage", "0"),
    ("layers", "resnet50", "--stage", "9"), ("layers", "resnet50", "--role", "hero"),
    ("layers", "resnet50", "--role", "attention"), ("layers", "nets:instance", "--stage", "1"),
    ("layers", "nets:instance", "--block", "0"), ("layers", "resnet50", "--v1", "--v1.5"),
    ("layers", "resnt50"), ("layers", "R-50"), ("layers", "resnet"), ("layers", "wide"), ("layers", "ResNet50"),
    ("layers", "resnet-50-v1.5"), ("layers", "[red]x"), ("layers", "a\x1b[31m\u202eb"), ("layers", ""),
    ("layers", "vgg16"), ("layers", "gone.toml"), ("layers", "nothing"), ("layers", "r50.safetensors"),
    ("layers", "nets.py"), ("layers", "gone.py:net"), ("layers", "gone:net"), ("layers", "nets:nets"),
    ("layers", "nets:number"), ("layers", "nets:broken"), ("layers", "nets:broken", "-k", "units=no"),
    ("layers", "nets:net", "-k", "units"), ("layers", "nets:net", "-k", "units=1", "-k", "units=2"),
    ("layers", "nets:net", "-k", "unit=1"), ("layers", "nets:net", "-k", "units=two"), ("layers", "nets:net", "--v1"),
    ("layers", "nets:net", "-k", "looks=1", "--device", "meta"), ("layers", "nets:net", "-i", "pixels=1x3x9x9"),
    ("layers", "nets:TwoInputs"), ("layers", "nets:Words"), ("layers", "nets:Warns"), ("layers", "raises:net"),
    ("layers", "raises.py:net"), ("layers", "syntax:net"), ("layers", "nets:"), ("layers", ":net"),
    ("layers", "timm:"), ("layers", "timm:resnet50"), ("layers", "torchvision:resnet50"), ("layers", "keras:resnet50"),
    ("layers", "transformers:nothing"), ("layers", "transformers:"), ("layers", "transformers:foreign/keras.json"),
    ("layers", "resnet18", "-k", "units=2"), ("layers", "resnet18", "--input", "abc"),
    ("layers", "resnet18", "--input", "3x0x224"), ("layers", "resnet18", "--input", "3x224"),
    ("layers", "resnet18", "--input", "3x99999x9"), ("layers", "resnet18", "--input", "=3x9x9"),
    ("layers", "resnet18", "--input", "3x9x9:int3"), ("layers", "resnet18", "-i", "3x9x9", "-i", "3x9x9"),
    ("compare", "-", "-"), ("compare", "resnet50", "resnet5O"), ("compare", "resnet50_caffe", "resnet50", "-i", "3x2x2"),
    ("compare", "resnet18", "nets:Words"), ("compare", "resnet50", "gone.toml"),
    ("nearest", "resnet50", "--count", "0"), ("nearest", "nets:instance"), ("nearest", "resnt50"),
    ("config", "nothing"), ("config", "nets:instance"), ("config", "nets:Words"), ("config", "resnt50"),
    ("config", "resnet50", "-f", "json"), ("schema", "x"), ("schema", "--format", "json"),
    ("summary", "resnet50", "--depth", "11"), ("summary", "resnet50_caffe", "-i", "3x2x2"), ("summary", "nets:Raises"),
    ("variants", "vgg*"), ("variants", "resnet50", "--sort", "size"), ("variants", "--max-params", "much"),
    ("variants", "--max-macs", "-1"), ("variants", "--max-params", "1"), ("variants", "--block", "plain"),
    ("variants", "a", "b"), ("rule", "RI999"), ("rule", "no-such-rule"), ("rule", "RI1", "nothing"), ("rule", ""),
    ("check", "same.toml", "--select", "RI9"), ("check", "same.toml", "--ignore", "nothing"),
    ("check", "same.toml", "--select", ""), ("check", "same.toml", "--quiet", "--verbose"),
    ("check", "same.toml", "--fail-on", "info"), ("check", "same.toml", "--jobs", "-1"),
    ("check", "same.toml", "--jobs", "many"), ("check", "same.toml", "--timeout", "0"),
    ("check", "same.toml", "--timeout", "nan"), ("check", "same.toml", "--lock-file", "x.json"),
    ("check", "same.toml", "--locked", "--select", "RI2"), ("check", "same.toml", "--locked"),
    ("check", "same.toml", "--locked", "--lock-file", "gone.json"), ("check", "same.toml", "-k", "units=1"),
    ("check", "same.toml", "-i", "3x9x9"), ("check", "same.toml", "--stdin-filename", "x.toml"),
    ("check", "same.toml", "-o", "r.sarf"), ("check", "same.toml", "-o", "r.sarif", "-f", "json"),
    ("check", "same.toml", "-o", "net.toml", "-f", "json"), ("check", "same.toml", "-o", "gone/r.json"),
    ("check", "nothing", "-v"), ("check", "-", "-"), ("check", "../*"), ("check", ""),
    ("lock", "-"), ("lock", "gone.toml"), ("lock", "nothing"), ("lock", "same.toml", "-f", "sarif"),
    ("weights", "resnt50", "r50.safetensors"), ("weights", "resnet18", "r18.safetensors", "--force"),
    ("weights", "resnet18", "other.safetensors", "--convert", "out.safetensors"),
    ("weights", "resnet18", "r18.safetensors", "--convert", "r50.safetensors"),
    ("weights", "resnet18", "r18.safetensors", "--into", "x."), ("weights", "nets:broken", "nets.safetensors"),
    ("weights", "resnet18", "two.safetensors", "--prefix", "c."), ("identify", "r18.safetensors", "-f", "sarif"),
    ("--version",), (),
)  # fmt: skip


def recordings() -> Iterator[Recording]:
    """Give every recording, in the order in which they are written down."""
    for command in ("layers", "stages", "count", "blocks", "nearest"):
        yield from _each(command, [(command, *model) for model in MODELS])
        more_faces = (PIPE, Face(80)) if command != "nearest" else ()
        yield from _each(command, [(command, *model) for model in MORE_MODELS], ("json",), more_faces)
        yield _single(command, (command, "resnet50"), ASCII)
        yield _single(command, (command, "mixed.toml"), Face(100, encoding="ascii"))
        yield from _from_stdin(command)
    yield from _each("layers", [("layers", *chosen) for chosen in SELECTIONS])
    yield from _each("nearest", [("nearest", "net.toml", "-n", "7"), ("nearest", "resnet50", "--count", "1")])
    yield from _each("compare", [("compare", *pair) for pair in PAIRS])
    yield _single("compare", ("compare", "resnet50", "resnet50_v1"), ASCII)
    for right in ("resnet50", "resnet50_v1", "same.toml", "resnet18"):
        yield _single("compare", ("compare", "resnet50", right, "--exit-code"))
    yield from _texts()
    yield from _each("identify", [("identify", *file) for file in WEIGHTS_FILES])
    yield from _each("weights", [("weights", *loading) for loading in LOADINGS])
    for loading in LOADINGS:
        yield _single("weights", ("weights", *loading, "--exit-code"))
    for file in WRONG_WEIGHTS_FILES:
        yield _single("identify", ("identify", *file))
        yield _single("weights", ("weights", "resnet18", *file))
    yield _single("identify", ("identify", "r50.safetensors"), ASCII)
    yield _single("weights", ("weights", "resnet101", "r50.safetensors"), ASCII)
    yield from _each("variants", [("variants",), ("variants", "resnet??")])
    yield from _each("variants", [("variants", *chosen) for chosen in FILTERS], ("json",), FEW_FACES)
    yield _single("variants", ("variants",), ASCII)
    yield from _rules()
    yield from _each("check", [("check", *paths) for paths in CHECKED], CHECK_FORMATS)
    yield from _each("check", [("check", *options) for options in CHECK_OPTIONS], ("json",), FEW_FACES)
    for options in (
        ("checked", "--jobs", "2"),
        (".", "-q", "-j", "1"),
        (".", "-v", "-j", "1"),
        ("checked", "-f", "junit"),
    ):
        yield _single("check", ("check", *options))
    yield from _checks_of_broken_files()
    yield from _from_stdin("check")
    for arguments in WRONG:
        for face in (PIPE, COLOURS):
            yield _single("wrong requests", arguments, face)
    for command in ("", "layers", "stages", "count", "blocks", "compare", "nearest", "check", "lock", "rule", "identify",
                    "weights", "variants", "config", "schema", "summary"):  # fmt: skip
        for face in (PIPE, Face(80), Face(120), COLOURS):
            yield _single("help", (*command.split(), "--help"), face)
    yield from flows()


def _single(subject: str, arguments: tuple[str, ...], face: Face = PIPE, **others: str) -> Recording:
    return Recording(subject, (Step(arguments, face, **others),))


def _each(
    subject: str,
    commands: list[tuple[str, ...]],
    formats: tuple[str, ...] = FORMATS,
    faces: tuple[Face, ...] = TABLE_FACES,
) -> Iterator[Recording]:
    for command in commands:
        for face in faces:
            yield _single(subject, command, face)
        for name in formats:
            yield _single(subject, (*command, "--format", name))


def _from_stdin(command: str) -> Iterator[Recording]:
    for text in (material.CONFIGS["gray.toml"], '{"base": "resnet18"}', "base: resnet34\n", "base = 3\n", "", "x"):
        yield _single(command, (command, "-"), stdin=text)
    if command == "check":
        for name in ("configs/a.toml", "b.yaml", "c.json", "d.txt"):
            yield _single(command, (command, "-", "--stdin-filename", name), stdin=material.CHECKED["unmet.yaml"])


def _texts() -> Iterator[Recording]:
    """Give the commands that have one format, and nothing that depends on a width."""
    for model in (*MODELS, *MORE_MODELS):
        yield _single("config", ("config", *model))
        yield _single("summary", ("summary", *model))
    yield _single("schema", ("schema",))
    for command in (("config", "resnet50"), ("summary", "resnet50"), ("schema",)):
        for face in (Face(80), COLOURS, ASCII):
            yield _single(command[0], command, face)
    for depth in ("1", "2", "10"):
        yield _single("summary", ("summary", "resnet18", "--depth", depth))
    for folder, names in (("broken", material.BROKEN), ("foreign", material.FOREIGN), ("checked", material.CHECKED)):
        for name in names:
            yield _single("config", ("config", f"{folder}/{name}"))
            yield _single("config", ("layers", f"{folder}/{name}", "--stage", "stem"), Face(80))


def _rules() -> Iterator[Recording]:
    import resnet_inspect as ri

    rules = ri.rule().to_dict()["rules"]
    yield from _each("rule", [("rule",), ("rule", "RI1"), ("rule", "ri2", "unused-silence")])
    for rule in rules:
        yield from _each("rule", [("rule", rule["code"])])
    for rule in rules:  # what is wrong in its example, and that nothing is where it is right
        for kind in ("bad", "good"):
            if rule["language"] == "toml" and rule[kind] is not None:
                command = ("check", "example.toml", "--extend-select", rule["code"])
                steps = tuple(Step((*command, *more)) for more in ((), ("--format", "json"), ("-f", "sarif")))
                yield Recording("check of examples", steps, f"{rule['code']} {kind}", {"example.toml": rule[kind]})


def _checks_of_broken_files() -> Iterator[Recording]:
    for folder, names in (("broken", material.BROKEN), ("foreign", material.FOREIGN)):
        for name in names:
            path = f"{folder}/{name}"
            yield _single("check of broken files", ("check", path))
            yield _single("check of broken files", ("check", path), COLOURS)
            yield _single("check of broken files", ("check", path, "--only-configs", "-f", "json"))
            yield _single("check of broken files", ("check", path, "-f", "sarif"))


LOCK = "resnet-inspect.lock.json"
LOCKED = {
    "configs/net.toml": 'base = "resnet50"\n',
    "configs/small.toml": 'base = "resnet18"\n',
    "configs/cifar.yaml": "base: test_resnet\n",
    "nets.py": material.CODE["nets.py"],
}


def _writing(name: str, text: str) -> Callable[[Path], object]:
    return lambda folder: material.write(folder, {name: text})


def _removing(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).unlink()


def _held_to_the_lock(*paths: str) -> tuple[Step, ...]:
    """Give what is asked once something differs from the lock: ``check`` in every format, and ``lock --check``."""
    check, lock = ("check", "--locked", *paths), ("lock", "--check", *paths)
    return (
        *(Step(check, face) for face in FEW_FACES),
        *(Step((*check, "--format", name)) for name in CHECK_FORMATS),
        *(Step(lock, face) for face in FEW_FACES),
        *(Step((*lock, "--format", name)) for name in FORMATS),
        Step(("lock", *paths), show=(LOCK,)),
        Step(("check", "--locked", *paths)),
    )


def flows() -> Iterator[Recording]:
    """Give the recordings that change their folder."""
    changes: dict[str, tuple[Callable[[Path], object], ...]] = {
        "unchanged": (),
        "another stride": (_writing("configs/net.toml", 'base = "resnet50"\nstride_in = "1x1"\n'),),
        "another depth": (_writing("configs/small.toml", 'base = "resnet34"\n'),),
        "another name": (_writing("configs/net.toml", 'base = "resnet50"\nname = "mine50"\nzero_init_last = true\n'),),
        "another input": (_writing("configs/net.toml", 'base = "resnet50"\ninput_size = [64, 64]\n'),),
        "gone": (_removing("configs/small.toml"),),
        "new": (_writing("configs/new.toml", 'base = "resnet34"\n'),),
        "renamed": (_removing("configs/small.toml"), _writing("configs/tiny.toml", 'base = "resnet18"\n')),
        "broken": (_writing("configs/net.toml", "base = \n"),),
        "emptied": (_writing("configs/net.toml", ""),),
        "foreign": (_writing("configs/net.toml", "x = 1\n"),),
        "fails": (_writing("configs/net.toml", 'base = "resnetblur50"\ninput_size = [16, 16]\n'),),
        "ignored": (
            _writing("configs/net.toml", 'base = "resnet50_v1"  # resnet-inspect: ignore[RI301] on purpose\n'),
        ),
        "excluded": (_writing("pyproject.toml", '[tool.resnet-inspect]\nexclude = ["small.toml"]\n'),),
        "ignored in the project": (
            _writing("configs/net.toml", 'base = "resnet50_v1"\n'),
            _writing("pyproject.toml", '[tool.resnet-inspect.per-file-ignores]\n"configs/*" = ["RI301"]\n'),
        ),
        "lock broken": (_writing(LOCK, '{"schema": \n'),),
        "lock foreign": (_writing(LOCK, '{"schema": "other"}\n'),),
        "lock emptied": (_writing(LOCK, ""),),
        "lock in conflict": (_writing(LOCK, "<<<<<<< ours\n{}\n=======\n{}\n>>>>>>> theirs\n"),),
        "lock gone": (_removing(LOCK),),
    }
    for name, steps in changes.items():
        first = (Step(("lock", "configs"), show=(LOCK,)), Step(("check", "--locked", "configs")))
        changed = tuple(Step(before=step) for step in steps)
        yield Recording("lock", (*first, *changed, *_held_to_the_lock("configs")), name, LOCKED)
    yield from _other_locks()
    yield from _conversions()
    yield from _outputs()
    yield from _projects()


def _other_locks() -> Iterator[Recording]:
    steps = (
        *(Step(("lock", "--check", "configs", "-f", name)) for name in ("table", *FORMATS)),
        *(Step(("lock", "configs", "--check"), face) for face in TABLE_FACES),
        Step(("lock", "configs/net.toml"), COLOURS, show=(LOCK,)),
        Step(("lock", "configs/*.yaml", "-f", "json")),
        Step(("lock", "configs/net.toml", "gone.toml")),
        Step(("lock", ".", "--jobs", "1")),
        Step(("check", "--locked", "configs/small.toml")),
        Step(("check", "--locked"), Face(80)),
        Step(("check", "--no-locked", "configs")),
        Step(("lock", "configs", "--lock-file", "other.json"), show=("other.json",)),
        Step(("check", "--locked", "--lock-file", "other.json", "configs")),
        Step(("lock", "configs", "--jobs", "1", "--timeout", "100")),
    )
    yield Recording("lock", steps, "bit by bit", LOCKED)
    model = ("nets:net", "-k", "units=2", "-i", "3x32x32")
    steps = (
        Step(("lock", *model), show=(LOCK,)),
        Step(("check", "--locked", *model)),
        Step(("check", "--locked", "nets:net", "-k", "units=3", "-i", "3x32x32")),
        Step(("lock", "--check", "nets:net", "-k", "units=3", "-i", "3x32x32")),
        Step(("lock", "resnet18", "nets.py:NoBlocks", "nets:Fails", "nets:Unused"), show=(LOCK,)),
        Step(("check", "--locked", "resnet18", "nets.py:NoBlocks", "nets:Fails")),
        Step(("check", "--locked", "resnet34", "configs")),
    )
    yield Recording("lock", steps, "models by name", LOCKED)
    files = {
        "good.toml": 'base = "resnet18"\n',
        "bad.toml": "base = 3\n",
        "small.toml": material.CONFIGS["too_small.toml"],
    }
    steps = tuple(Step(("lock", ".", *more)) for more in (("--check",), (), ("-f", "json"), ("--check", "-f", "json")))
    yield Recording("lock", steps, "what cannot be locked", files)


def _conversions() -> Iterator[Recording]:
    convert = ("weights", "net.toml", "theirs.pth", "--convert", "out.safetensors")
    steps = (
        Step(before=material.make_their_weights),
        *(Step((*convert, "--force"), face) for face in TABLE_FACES),
        *(Step((*convert, "--force", "--format", name)) for name in FORMATS),
        Step(convert),
        Step(("weights", "net.toml", "out.safetensors", "--exit-code")),
        Step(("weights", "wider.toml", "theirs.pth", "--convert", "part.safetensors", "--exit-code")),
        Step(("weights", "wider.toml", "part.safetensors")),
        Step(("weights", "net.toml", "theirs.pth", "--convert", "gone/out.safetensors")),
        Step(("weights", "net.toml", "theirs.pth", "--convert", "theirs.pth", "--force")),
        Step(("identify", "out.safetensors")),
    )
    wider = material.CONFIGS["net.toml"].replace("num_classes = 5", "num_classes = 7")
    yield Recording("weights", steps, "convert", {"net.toml": material.CONFIGS["net.toml"], "wider.toml": wider})


def _outputs() -> Iterator[Recording]:
    names = ("r.txt", "r.json", "r.csv", "r.md", "r.html", "r.sarif", "r.xml", "r")
    steps = (
        *(Step(("check", "unmet.toml", "-o", name), show=(name,)) for name in names),
        Step(("check", "unmet.toml", "-o", "r.json"), COLOURS),
        Step(("check", "unmet.toml", "-o", "-", "-f", "csv")),
        Step(("check", "unmet.toml", "-o", "-")),
        Step(("check", "unmet.toml", "-o", "r.out", "-f", "github"), show=("r.out",)),
        Step(("check", "unmet.toml", "-o", "unmet.toml", "-f", "table")),
        Step(("check", "unmet.toml", "gone.toml", "-o", "s.json"), show=("s.json",)),
        Step(
            ("check", "unmet.toml", "-f", "github"), environment={"GITHUB_STEP_SUMMARY": "page.md"}, show=("page.md",)
        ),
    )
    yield Recording("check", steps, "output", {"unmet.toml": material.CHECKED["unmet.toml"]})


def _projects() -> Iterator[Recording]:
    files = {
        "nets/deep.toml": material.CHECKED["unmet.toml"],
        "other/good.toml": 'base = "plain18"\n',
        "other/warned.toml": 'base = "resnet50"\n',
        "other/broken.toml": "base = \n",
        "other/not_ours.toml": "x = 1\n",
    }
    tables = (
        "", 'paths = ["nets", "other/g*.toml"]', 'paths = ["none", "resnet18"]', "paths = 3",
        'extend-select = ["RI112"]\nfail-on = "error"', 'select = ["RI2"]', 'select = ["RI9"]', 'ignore = ["RI"]',
        'exclude = ["other/"]', 'exclude = ["!"]', 'format = "json"', 'format = "xml"', "timeout = 0", "timeout = 100",
        "locked = true", 'lock = "x.json"\nlocked = true', 'ignored = ["RI1"]', 'include = ["*.toml"]',
        'fail-on = "info"', 'locked = "yes"',
        'per-file-ignores = { "nets/*" = ["RI2"], "other/warned.toml" = ["RI001"] }', "[",
    )  # fmt: skip
    commands = (
        Step(("check", "--jobs", "1")),
        Step(("check", "other", "--jobs", "1"), Face(80)),
        Step(("check", "--jobs", "1"), within="other"),
        Step(("check", "--jobs", "1", "-v", "-f", "table")),
        Step(("lock", "--check", "--jobs", "1")),
    )
    for table in tables:
        pyproject = f"[tool.resnet-inspect]\n{table}\n"
        yield Recording("projects", commands, repr(table), {**files, "pyproject.toml": pyproject})
