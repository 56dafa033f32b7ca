"""What the files hold that ``check`` is given."""

from __future__ import annotations

GOOD = 'base = "resnet18"\n[expect]\ndepth = 18\n'
DEEP = 'base = "resnet18"\n[expect]\ndepth = 19\n'
BROKEN = "base = \n"
