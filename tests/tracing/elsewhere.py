"""A module of the user's own that a forward imports and changes."""

TABLE = {}
count = 0


def bump():
    global count  # noqa: PLW0603  # as people count calls
    count += 1
