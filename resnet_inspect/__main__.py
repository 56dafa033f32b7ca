"""``python -m resnet_inspect``."""

import os
import sys


def _without_current_folder() -> None:
    """Import nothing more from the current folder, which ``python -m`` puts before all others and may be a stranger's.

    Where this package itself comes from there, it has to stay, behind all others.
    """
    try:
        here = os.getcwd()  # noqa: PTH109  # pathlib is one of the modules that may not come from there
    except OSError:  # it is gone
        return
    if not sys.flags.safe_path and sys.path[:1] in ([here], [""]):
        del sys.path[0]
        if os.path.dirname(os.path.dirname(os.path.abspath(__file__))) == here:  # noqa: PTH100, PTH120  # see above
            sys.path.append(here)


if __name__ == "__main__":
    _without_current_folder()
    from resnet_inspect.cli.main import main

    main()
