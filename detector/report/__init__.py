"""The files of a finished run to one self-contained page."""

from __future__ import annotations

from pathlib import Path


def render(run_folder: Path) -> str:
    """Draw the page of a finished run from its files alone; the same files give the same text.

    Raises InputError where the folder holds no finished run, or a file of it is damaged.
    """
    # Loads the template engine, which commands that only print have no use for.
    from detector.report.draw import render as draw

    return draw(run_folder)
