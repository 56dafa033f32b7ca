"""Problems know where they are: in which file, on which line, in which column."""

from __future__ import annotations

import pytest

from resnet_inspect.config.documents import parse
from resnet_inspect.config.positions import Position, fault, named
from resnet_inspect.config.problems import problem_at
from resnet_inspect.errors import ConfigError


def test_every_problem_gets_the_name_of_its_source_made_safe():
    with pytest.raises(ConfigError) as caught, named("a\x1b.toml"):
        raise ConfigError((*fault("is empty", Position(1, 2)).problems, *fault("is odd", hint="mend it").problems))
    assert str(caught.value) == "a\\x1b.toml:1:2: is empty\na\\x1b.toml: is odd (mend it)"


@pytest.mark.parametrize(
    ("path", "key", "place"),
    [
        (("groups",), False, (2, 10, "groups")),
        (("groups",), True, (2, 1, "groups")),
        (("stage_blocks", 1), False, (1, 20, "stage_blocks[1]")),
        (("nowhere",), False, (None, None, "nowhere")),
    ],
)
def test_a_problem_stands_where_its_field_stands(path, key, place):
    document = parse("stage_blocks = [3, 4]\ngroups = 0\n", "TOML")
    problem = problem_at("is wrong", path, document, key=key, hint="mend it")
    assert (problem.line, problem.column, problem.field) == place
    assert (problem.message, problem.hint) == ("is wrong", "mend it")
