"""`detector clean`: documents in, cleaned documents out, one by one, with nothing kept in memory."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import click

from detector.article import text_of
from detector.cli.options import document_options, field_options, settings_from
from detector.kit import make_kit
from detector.read.formats import Reader, read_source
from detector.read.sources import expand
from detector.settings import Settings
from detector.stream import clean_records, cleaned_row, repair_text, repaired_line
from detector.types import Failure, Record
from detector.write import encode

EXIT_FAILURES = 3


@click.command()
@click.argument("inputs", metavar="[INPUT]...", nargs=-1)
@click.option("--repair-only", is_flag=True, help="Undo damage, strip nothing; a text file comes back as text.")
@click.option("--fill-holes", is_flag=True, help="With --repair-only: write deleted words back where they are sure.")
@click.option("--quiet", "-q", is_flag=True, help="No talk on standard error but failures.")
@document_options
@field_options
def clean(inputs: tuple[str, ...], repair_only: bool, fill_holes: bool, quiet: bool, **options: Any) -> int:
    """Repair and strip documents one by one: JSON lines out, in the order of the input, other columns untouched.

    INPUT is as for scan; - or none is standard input.
    """
    if fill_holes and not repair_only:
        raise click.UsageError("--fill-holes goes with --repair-only")
    settings = settings_from(options)
    records = _records(inputs or ("-",), settings, quiet)
    failed = 0
    for made in _repaired(records, fill_holes) if repair_only else _cleaned(records, settings):
        if isinstance(made, Failure):
            failed += 1
            click.echo(f"detector: {made.source}: {made.stage}: {made.reason}", err=True)
        else:
            sys.stdout.buffer.write(made)
    sys.stdout.buffer.flush()
    return EXIT_FAILURES if failed else 0


def _records(inputs: tuple[str, ...], settings: Settings, quiet: bool) -> Iterator[Record | Failure]:
    reader = Reader(settings, say=lambda message: None if quiet else click.echo(message, err=True))
    for source in expand(inputs):
        yield from read_source(source, reader)


def _cleaned(records: Iterator[Record | Failure], settings: Settings) -> Iterator[bytes | Failure]:
    for made in clean_records(records, make_kit(settings)):
        yield made if isinstance(made, Failure) else encode(cleaned_row(*made))


def _repaired(records: Iterator[Record | Failure], fill: bool) -> Iterator[bytes | Failure]:
    for record in records:
        text = record if isinstance(record, Failure) else text_of(record)
        if isinstance(record, Failure) or isinstance(text, Failure):
            yield record if isinstance(record, Failure) else text  # type: ignore[misc]
        else:
            yield repaired_line(record, repair_text(text, fill=fill))
