"""What a failed forward says of itself."""

from __future__ import annotations

import pytest

from resnet_inspect.tracing.records import Failure

ADD = Failure("layer4.0", "add", ((1, 8, 7, 7), (1, 8, 8, 8)), "The size of tensor a\nand more")


@pytest.mark.parametrize(
    ("failure", "where", "operation", "cause"),
    [
        (ADD, "in layer4.0", "add of 1×8×7×7 and 1×8×8×8", "add of 1×8×7×7 and 1×8×8×8: The size of tensor a"),
        (Failure("", "rand", (), "no"), "in the model's own forward", "rand", "rand: no"),
        (Failure("fc", "", (), "later"), "in fc", "", "later"),
        (Failure("fc", "", ((2, 3),), "later"), "in fc", "", "later"),
        (Failure("fc", "", (), ""), "in fc", "", ""),
    ],
)
def test_words_of_a_failure(failure, where, operation, cause):
    assert (failure.where, failure.operation, failure.cause) == (where, operation, cause)
