"""The names of the roles that a layer can have; an import of the records takes long, and completion needs no more."""

from typing import Literal, get_args

Role = Literal["stem", "main", "shortcut", "attention", "head", "unused"]
ROLES: tuple[Role, ...] = get_args(Role)
"""All roles, in running order."""
