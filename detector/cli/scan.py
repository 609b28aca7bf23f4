"""`detector scan`: the main job, from inputs to an output folder."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from detector.cli.options import corpus_options, field_options, settings_from, workers_option
from detector.corpus import scan_to_folder
from detector.meter import Talk
from detector.report.files import rows
from detector.report.visible import visible
from detector.terminal import summary_panel

EXIT_FOUND, EXIT_FAILURES = 1, 3
_SHOWN_FAILURES = 3


@click.command()
@click.argument("inputs", metavar="INPUT...", nargs=-1, required=True)
@click.option("--out", "-o", type=click.Path(path_type=Path), required=True, help="Folder for the results.")
@corpus_options
@field_options
@workers_option
@click.option("--engine", type=click.Choice(["local"]), default="local", help="Where the stages run. [default: local]")
@click.option(
    "--format", "form", type=click.Choice(["jsonl", "parquet"]), default="jsonl", help="Of the tables. [default: jsonl]"
)
@click.option("--resume", is_flag=True, help="Go on where a run of the same inputs and settings was cut off.")
@click.option("--fail-on", type=click.Choice(["farm", "duplicate"]), multiple=True, help="Exit with 1 if one is found.")
@click.option("--quiet", "-q", is_flag=True, help="No progress and no summary.")
def scan(inputs: tuple[str, ...], out: Path, **options: Any) -> int:
    """Read, repair, strip, fingerprint, relate and judge; write the clean corpus and the report.

    INPUT is a file, a folder, a glob or - for standard input: .txt .md .html .htm .json .jsonl .csv .tsv
    .parquet .warc .wet, each also .gz, JSONL also .zst.
    """
    quiet, form, resume = options.pop("quiet"), options.pop("form"), options.pop("resume")
    workers, fail_on = options.pop("workers"), options.pop("fail_on")
    options.pop("engine")
    settings = settings_from(options)
    console = Console(stderr=True, quiet=quiet)
    with _ProgressTalk(console) as talk:
        manifest = scan_to_folder(inputs, out, settings, workers=workers, form=form, resume=resume, talk=talk)
    if not quiet:
        Console().print(summary_panel(manifest, out))
    counts = manifest["counts"]
    if counts["failures"] and not quiet:
        _say_failures(out, console)
    if "farm" in fail_on and counts["farm"]:
        return EXIT_FOUND
    if "duplicate" in fail_on and (counts["exact_groups"] or counts["near_clusters"] or counts["contained"]):
        return EXIT_FOUND
    return EXIT_FAILURES if counts["failures"] else 0


def _say_failures(out: Path, console: Console) -> None:
    """The first failures: most often one mistake, such as the wrong name of a column, explains all of them."""
    for failure in islice(rows(out, "failures"), _SHOWN_FAILURES):
        message = visible(f"{failure['source']}: {failure['stage']}: {failure['reason']}")
        console.print(f"detector: {message}", markup=False, highlight=False, soft_wrap=True)


class _ProgressTalk(Talk):
    """One bar a stage on standard error, and lines of talk above it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = Progress(
            SpinnerColumn(),
            TextColumn("{task.description:<8}"),
            BarColumn(bar_width=24),
            TextColumn("{task.completed:,.0f} {task.fields[unit]}"),
            TimeElapsedColumn(),
            console=console,
            disable=console.quiet or not console.is_terminal,
        )
        self._task: Any = None
        self._stage = ""

    def __enter__(self) -> _ProgressTalk:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def say(self, message: str) -> None:
        self._console.print(message, markup=False, highlight=False, soft_wrap=True)

    def progress(self, stage: str, done: int, total: int | None = None) -> None:
        if stage != self._stage:
            if self._task is not None:
                known = self._bars.tasks[self._task]
                self._bars.update(self._task, total=max(known.completed, 1), completed=max(known.completed, 1))
            self._stage = stage
            self._task = self._bars.add_task(stage, total=total, unit="documents")
        self._bars.update(self._task, completed=done, total=total)
