"""``python -m trends`` is the same command as ``trends``."""

from trends.cli import main

if __name__ == "__main__":
    main()
