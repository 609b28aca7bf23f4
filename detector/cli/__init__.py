"""Room of the command line: arguments into calls of the library, results into files, text and exit codes."""

from detector.cli.main import main

__all__ = ["main"]
