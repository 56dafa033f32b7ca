"""``python -m resnet_inspect``."""

from resnet_inspect.cli.main import main

if __name__ == "__main__":
    main()
