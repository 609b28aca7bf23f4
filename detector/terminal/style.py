"""Colours of the terminal by meaning, and untrusted text to styled text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rich import box
from rich.table import Table
from rich.text import Text

from detector.report.visible import clip, visible

# Every colour repeats what a word, a sign or a pattern says already.
LABEL_STYLES: Final = {
    "title": "bold",
    "heading": "bold cyan",
    "body": "",
    "byline": "blue",
    "navigation": "magenta",
    "caption": "blue",
    "teaser": "yellow",
    "related": "magenta",
    "disclaimer": "red",
    "promotion": "yellow",
    "spam": "bold red",
}
QUIET: Final = "dim"
FARM: Final = "red"
HONEST: Final = "green"
REMOVED: Final = "red"
ADDED: Final = "green"
CHANGED: Final = "bold underline"
EVIDENCE: Final = "bold underline yellow"

Span = tuple[int, int]


def shown(text: str, style: str = "", limit: int = 400) -> Text:
    """Text of a document, clipped, with nothing in it that a terminal would obey."""
    return Text(visible(clip(text, limit)), style=style)


def shown_line(text: str, style: str = "", limit: int = 400) -> Text:
    """The same in one line that is cut with … where the column ends."""
    return Text(visible(clip(" ".join(text.split()), limit)), style=style, no_wrap=True, overflow="ellipsis")


def marked(text: str, spans: Iterable[Span], style: str, mark: str, limit: int = 400) -> Text:
    """`shown`, with the `spans` of `text` in the style `mark`; they may overlap and reach beyond its ends."""
    made, place = Text(style=style), 0
    end_of_text = min(len(text), limit)
    for start, end in sorted(spans):
        start, end = max(start, place), min(end, end_of_text)
        if start < end:
            made.append(visible(text[place:start]))
            made.append(visible(text[start:end]), style=mark)
            place = end
    made.append(visible(text[place:end_of_text]))
    if len(text) > limit:
        made.append(f"… (+{len(text) - limit:,} characters)", style=QUIET)
    return made


def table(*columns: str, title: str | None = None) -> Table:
    """An open table, as wide as its content."""
    made = Table(*columns, box=box.SIMPLE_HEAD, title=title, title_justify="left", title_style="bold", pad_edge=False)
    made.show_edge = False
    return made


def heading(text: str) -> Text:
    return Text(f"\n{text}", style="bold")
