"""Turns the command line into a deduplication run: `detector dedup INPUT… --out DIR`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from detector.errors import DetectorError, OutputError

_EXIT_FOUND, _EXIT_USAGE, _EXIT_FAILURES = 1, 2, 3
_FILES = ("kept.jsonl", "clusters.jsonl", "pairs.jsonl", "removed.jsonl", "failures.jsonl", "manifest.json")


@click.command()
@click.argument("inputs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="INPUT…")
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Output folder.")
@click.option("--threshold", default=0.7, show_default=True, help="Jaccard similarity of near-duplicates.")
@click.option("--containment", default=0.9, show_default=True, help="Share of a text that must lie inside another.")
@click.option(
    "--keep",
    type=click.Choice(["longest", "earliest", "cleanest", "first"]),
    default="longest",
    show_default=True,
    help="Which document of a cluster stays.",
)
@click.option("--prefer-host", multiple=True, help="Host whose documents stay before others; may be repeated.")
@click.option("--share", default=0.0, show_default=True, help="Share of every cluster that stays.")
@click.option("--drop-contained", is_flag=True, help="Also remove documents that lie inside a longer one.")
@click.option("--text-field", default="text", show_default=True, help="Field that is compared, as it stands.")
@click.option("--id-field", default="id", show_default=True)
@click.option("--url-field", default="url", show_default=True)
@click.option("--date-field", default="date", show_default=True)
@click.option("--workers", default=1, show_default=True, help="Threads.")
@click.option("--memory", default=2048, show_default=True, help="Memory in MiB that large tables may take.")
@click.option("--resume", is_flag=True, help="Go on with a run that was killed.")
@click.option("--fail-on", type=click.Choice(["duplicate"]), help="Exit with 1 where one is found.")
@click.option("--quiet", is_flag=True, help="No talk on standard error.")
def dedup(inputs: tuple[Path, ...], out: Path, quiet: bool, fail_on: str | None, **options: Any) -> None:
    """Remove exact and near-duplicates from JSON lines or Parquet, of any size.

    It compares one field as it stands, without repair or stripping; `detector scan --on body|text|raw` chooses what
    of a page is compared.

    Writes kept.jsonl, clusters.jsonl, pairs.jsonl, removed.jsonl, failures.jsonl and manifest.json to DIR.
    """
    from detector.dup.start import quick_start

    try:
        _check_out(out, inputs)
        with quick_start():
            # Imported late: `detector --help` should not wait for NumPy.
            from detector.dup.dedup import dedup as run

            counts = run(inputs, out, _settings(options), None if quiet else _progress)
    except DetectorError as error:
        print(f"detector dedup: {error}", file=sys.stderr)
        sys.exit(_EXIT_USAGE)
    if not quiet:
        removed = counts.documents - counts.kept
        print(f"{counts.documents:,} documents, {counts.kept:,} kept, {removed:,} removed", file=sys.stderr)
        print(
            f"{counts.exact_groups:,} exact groups, {counts.near_clusters:,} near clusters, "
            f"{counts.contained_pairs:,} contained, {counts.failures:,} unreadable lines; results in {out}",
            file=sys.stderr,
        )
        if counts.repeated_ids:
            print(
                f"{counts.repeated_ids:,} records have the id of another one: the results can't tell them apart",
                file=sys.stderr,
            )
        if counts.failures:
            print(f"first of failures.jsonl: {_first_failure(out)}", file=sys.stderr)
    if counts.failures:
        sys.exit(_EXIT_FAILURES)
    if fail_on and counts.kept < counts.documents:
        sys.exit(_EXIT_FOUND)


def _check_out(out: Path, inputs: tuple[Path, ...]) -> None:
    """Refuse to write over an input, or over what someone else put into the folder."""
    from detector.write import check_free

    written = {(out / name).resolve() for name in _FILES}
    for path in inputs:
        if path.resolve() in written:
            raise OutputError(f"{path}: the results would be written over this input; choose another --out")
    if not (out / "work" / "run.json").exists():  # else a run of ours was cut off here
        check_free(out, _FILES, lambda manifest: "duplicates" in (manifest.get("settings") or {}))


def _first_failure(out: Path) -> str:
    import orjson

    with (out / "failures.jsonl").open("rb") as file:
        row = orjson.loads(file.readline())
    return f"{row['source']}: {row['reason']}"


def _progress(stage: str, done: int, total: int) -> None:
    """One line a stage: on a terminal it grows, in a log it comes when the stage is done."""
    start = "\r" if sys.stderr.isatty() else ""
    if start or done == total:
        print(f"{start}{stage} {done:,}/{total:,}", end="\n" if done == total else "", file=sys.stderr, flush=True)


def _settings(options: dict[str, Any]) -> Any:
    from detector.dup.dedup import DedupSettings
    from detector.dup.keep import KeepPolicy
    from detector.dup.settings import DuplicateSettings

    fields = {name: options[name] for name in ("text_field", "id_field", "url_field", "date_field", "workers", "resume")}
    return DedupSettings(
        duplicates=DuplicateSettings(threshold=options["threshold"], containment=options["containment"]),
        keep=KeepPolicy(options["keep"], options["prefer_host"], options["share"], options["drop_contained"]),
        memory_bytes=options["memory"] << 20,
        **fields,
    )
