"""`detector report`: draws the report of a finished run again."""

from __future__ import annotations

from pathlib import Path

import click
import orjson
from rich.console import Console

from detector.errors import InputError
from detector.report import render
from detector.terminal import summary_panel


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--quiet", "-q", is_flag=True, help="Draw the report only.")
def report(folder: Path, quiet: bool) -> None:
    """Draw report.html of a finished run again and print its summary."""
    manifest = finished_run(folder)
    page = folder / "report.html"
    partial = page.with_suffix(".partial")
    partial.write_text(render(folder), encoding="utf-8")
    partial.replace(page)
    if not quiet:
        Console().print(summary_panel(manifest, folder))


def finished_run(folder: Path) -> dict[str, object]:
    """The manifest of a run.

    Raises:
        InputError: the folder holds no finished run.
    """
    path = folder / "manifest.json"
    if not path.exists():
        raise InputError(f"{folder}: no manifest.json, so no finished run; make one with: detector scan INPUT --out {folder}")
    manifest: dict[str, object] = orjson.loads(path.read_bytes())
    return manifest
