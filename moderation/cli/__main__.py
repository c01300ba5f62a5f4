"""`python -m moderation.cli`: the command line without its script."""

from moderation.cli import main

if __name__ == "__main__":
    main()
