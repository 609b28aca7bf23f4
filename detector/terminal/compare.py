"""Two documents to their relation, their outlines side by side, and the coloured difference of their texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from detector.report.difference import DiffRow, difference
from detector.report.visible import visible
from detector.report.words import RELATION_MEANING, percent, plural
from detector.terminal.style import ADDED, CHANGED, QUIET, REMOVED, heading, shown, table
from detector.types import Document, Heading, Pair

_HEADINGS = 100
_ROW_CHARS = 1200
_ROWS = 200


def compare(
    a: Document, b: Document, pair: Pair | None, headings_a: Sequence[Heading], headings_b: Sequence[Heading]
) -> RenderableType:
    """What relates `a` and `b` and where they differ; `pair` is None where nothing does."""
    parts: list[RenderableType] = [_documents(a, b), _relation(pair)]
    if headings_a or headings_b:
        parts += [heading("Outlines"), _outlines(headings_a, headings_b)]
    return Group(*parts, heading("Texts"), *_difference(a, b))


def _documents(a: Document, b: Document) -> Table:
    grid = Table.grid(padding=(0, 1))
    for sign, style, document in (("−", REMOVED, a), ("+", ADDED, b)):
        words = shown(document.title or document.id, "bold", 120)
        facts = (document.id, document.host, plural(len(document.text), "character"))
        words.append("\n" + " · ".join(visible(fact[:120]) for fact in facts if fact), style="dim not bold")
        grid.add_row(Text(sign, style=f"bold {style}"), words)
    return grid


def _relation(pair: Pair | None) -> Text:
    if pair is None:
        return Text("\nunrelated", style="bold").append(": neither copies nor one template", style="not bold")
    made = Text(f"\n{pair.relation}", style="bold yellow")
    made.append(f": {RELATION_MEANING[pair.relation]}", style="not bold default")
    figures = (("Jaccard", pair.jaccard), ("containment", pair.containment), ("outline", pair.outline))
    known = [f"{name} {value:.3f} ({percent(value)})" for name, value in figures if value is not None]
    known += [f"{name} {value}" for name, value in pair.facts.items()]
    if known:
        made.append("\n" + visible(", ".join(known)), style="not bold default")
    return made


def _outlines(a: Sequence[Heading], b: Sequence[Heading]) -> Table:
    """Headings of one role face each other: templates keep the roles where they change the words."""
    made = table()
    for name in ("first", "second"):
        made.add_column(name, ratio=1, overflow="fold")
    made.expand = True
    for left, right in _aligned(a[:_HEADINGS], b[:_HEADINGS]):
        made.add_row(_entry(left, right), _entry(right, left))
    rest = max(len(a), len(b)) - _HEADINGS
    if rest > 0:
        made.add_row(Text(f"⋯ {rest:,} more", style=QUIET), "")
    return made


def _aligned(a: Sequence[Heading], b: Sequence[Heading]) -> Iterator[tuple[Heading | None, Heading | None]]:
    matcher = SequenceMatcher(None, [_kind(entry) for entry in a], [_kind(entry) for entry in b], autojunk=False)
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag == "equal":
            yield from zip(a[i:j], b[k:m], strict=True)
        else:
            yield from zip_longest(a[i:j], b[k:m])


def _kind(entry: Heading) -> tuple[int, str]:
    return entry.level, entry.role if entry.role != "other" else entry.text


def _entry(entry: Heading | None, other: Heading | None) -> Text:
    if entry is None:
        return Text("–", style=QUIET)
    made = Text("  " * (entry.level - 1))
    made.append(shown(entry.text, "" if other and _kind(entry) == _kind(other) else "yellow", 80))
    if entry.role != "other":
        made.append(f" {entry.role}", style=QUIET)
    return made


def _difference(a: Document, b: Document) -> Iterator[RenderableType]:
    delta = difference(a.text, b.text)
    only = f"{delta.removed:,} only in the first, {delta.added:,} only in the second"
    counts = f"{plural(delta.same, 'sentence')} the same, {only}"
    yield Text(counts + ("; only the beginning of the texts was compared" if delta.cut else ""), style=QUIET)
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=1)
    grid.add_column(overflow="fold")
    for row in delta.rows[:_ROWS]:
        grid.add_row(*_row(row))
    if len(delta.rows) > _ROWS:
        grid.add_row("⋯", Text(f"{len(delta.rows) - _ROWS:,} more places differ", style=QUIET))
    yield grid


def _row(row: DiffRow) -> tuple[Text, Text]:
    """Sign and text; in rows that differ, the characters that the other text lacks are underlined."""
    if row.op == "gap":
        return Text("⋯", style=QUIET), Text(f"{plural(row.sentences, 'sentence')} the same", style=QUIET)
    sign, style = {"same": (" ", QUIET), "removed": ("−", REMOVED), "added": ("+", ADDED)}[row.op]
    made, room = Text(style=style), _ROW_CHARS
    for piece in row.pieces:
        made.append(visible(piece.text[:room]), style=CHANGED if piece.changed and row.op != "same" else "")
        room = max(0, room - len(piece.text))
    if not room:
        made.append(" …")
    made.rstrip()
    return Text(sign, style=f"bold {style}"), made
