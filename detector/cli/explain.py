"""`detector explain`: one document, its lines with label and rule, its repairs, its score."""

from __future__ import annotations

from typing import Any

import click
from rich.console import Console

from detector.cli.options import document_options, field_options, settings_from
from detector.errors import InputError
from detector.fingerprint import Examined
from detector.kit import Kit, make_kit
from detector.pipeline import decide, examine
from detector.read.formats import Reader, read_source
from detector.read.sources import expand
from detector.stages import stages_of
from detector.template.outline import outline
from detector.terminal import explain as render
from detector.types import Failure, Record


@click.command()
@click.argument("path", metavar="INPUT")
@click.option("--id", "wanted", metavar="ID", help="Which document of a table; else the first.")
@click.option("--stages", is_flag=True, help="Show what each stage made, and the file that made it.")
@document_options
@field_options
def explain(path: str, wanted: str | None, stages: bool, **options: Any) -> None:
    """Show one document: its lines in colour with label and rule, its repairs, its score as a waterfall."""
    kit = make_kit(settings_from(options))
    examined = examine_one(path, kit, wanted)
    verdict = decide(examined.fingerprint, None, kit)
    table = stages_of(examined, verdict) if stages else None
    Console().print(render(examined.document, verdict, outline(examined.document), table))


def examine_one(path: str, kit: Kit, wanted: str | None = None) -> Examined:
    """The first document of an input, or the one with the id `wanted`, examined.

    Raises:
        InputError: there is none, or it can't be read.
    """
    record = _find(path, kit, wanted)
    made = examine([record], kit)[0]
    if isinstance(made, Failure):
        raise InputError(f"{made.source}: {made.stage}: {made.reason}")
    return made


def _find(path: str, kit: Kit, wanted: str | None) -> Record:
    reader = Reader(kit.settings, say=lambda _: None)
    failure: Failure | None = None
    for source in expand([path]):
        for record in read_source(source, reader):
            if isinstance(record, Failure):
                failure = failure or record
            elif wanted is None or record.id == wanted:
                return record
    if failure is not None and wanted is None:
        raise InputError(f"{failure.source}: {failure.reason}")
    raise InputError(f"{path}: no document" + (f" with the id {wanted!r}" if wanted else " in it"))
