"""How bad a finding is."""

from typing import Literal

Severity = Literal["error", "warning"]
