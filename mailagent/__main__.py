"""``python -m mailagent``: the same commands as ``mailagent``."""

from mailagent.cli import main

if __name__ == "__main__":
    main()
