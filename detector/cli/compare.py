"""`detector compare`: two documents, what relates them and where they differ."""

from __future__ import annotations

from typing import Any

import click
from rich.console import Console

from detector.cli.explain import examine_one
from detector.cli.options import field_options, pair_options, settings_from
from detector.kit import make_kit
from detector.pipeline import relate_pair
from detector.template.outline import outline
from detector.terminal import compare as render


@click.command()
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@pair_options
@field_options
def compare(a: str, b: str, **options: Any) -> None:
    """Show how two documents are related: relation, Jaccard, containment, outlines, coloured difference."""
    kit = make_kit(settings_from(options))
    first, second = examine_one(a, kit), examine_one(b, kit)
    pair = relate_pair(first, second, kit)
    headings = outline(first.document), outline(second.document)
    Console().print(render(first.document, second.document, pair, *headings))
