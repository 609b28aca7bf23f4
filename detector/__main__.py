"""`python -m detector`: the same as the command `detector`."""

from detector.cli.main import main

if __name__ == "__main__":  # worker processes import this module, too
    main()
