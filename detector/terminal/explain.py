"""One judged document to its lines with labels, its repairs and holes, and its score as a waterfall."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from detector.report.waterfall import PRIOR, Step, Waterfall, waterfall
from detector.report.words import chance, plural, signed
from detector.terminal.style import (
    ADDED,
    EVIDENCE,
    FARM,
    HONEST,
    LABEL_STYLES,
    QUIET,
    REMOVED,
    Span,
    heading,
    marked,
    shown,
    shown_line,
    table,
)
from detector.types import BODY_LABELS, Document, Heading, Line, Verdict

_HEAD_LINES, _TAIL_LINES = 300, 100  # of a longer document: farm pages show themselves at both ends
_LINE_CHARS = 300
_REPAIRS = 40
_HOLES = 40
_RULES = 24
_BAR_CELLS = 22
_GUTTER_CELLS = 20

StageRow = tuple[str, str, str]  # stage, result, file that made it


def explain(
    document: Document, verdict: Verdict, headings: Sequence[Heading], stages: Iterable[StageRow] | None = None
) -> RenderableType:
    """Everything that was found out about one document; with `stages` also who found it."""
    parts: list[RenderableType] = [_head(document, verdict)]
    if stages is not None:
        parts += [heading("Stages"), _stages(stages)]
    parts += [heading("Lines"), _lines(document, verdict, headings)]
    if document.repairs:
        parts += [heading(f"Repairs: {len(document.repairs):,}"), _repairs(document)]
    if document.holes:
        parts += [heading(f"Holes, where words were deleted: {len(document.holes):,}"), _holes(document)]
    if document.hidden:
        parts += [heading("Hidden from readers"), *(shown_line(text, QUIET) for text in document.hidden[:10])]
    parts += [heading("Score"), _score(verdict)]
    return Group(*parts)


def _head(document: Document, verdict: Verdict) -> Text:
    made = shown(document.title or document.id, "bold", 200)
    stripped = sum(line.label not in BODY_LABELS for line in document.lines)
    facts = [document.id, document.host, document.published, document.script, document.charset]
    facts.append(f"{document.chars_in:,} characters in, {len(document.text):,} of text")
    facts.append(f"{plural(stripped, 'line')} stripped")
    made.append("\n" + " · ".join(shown(fact, limit=120).plain for fact in facts if fact), style=QUIET + " not bold")
    word, style = ("farm page", FARM) if verdict.farm else ("no farm page", HONEST)
    made.append(f"\n{word}", style=f"bold {style}")
    made.append(f", {chance(verdict.probability)} likely to be one", style="not bold")
    if verdict.kinds:
        made.append(f"; kinds of evidence: {', '.join(verdict.kinds)}", style="not bold")
    return made


def _lines(document: Document, verdict: Verdict, headings: Sequence[Heading]) -> Table:
    """Gutter of number, label and rules; then the line, with the spans of evidence and holes marked."""
    grid = Table.grid(padding=(0, 1), expand=False)
    grid.add_column(justify="right", style=QUIET, no_wrap=True)
    grid.add_column(width=_GUTTER_CELLS)
    grid.add_column(overflow="fold")
    spans = sorted([(e.start, e.end) for e in verdict.evidence if e.end > e.start] + [(h.start, h.end) for h in document.holes])
    roles = {entry.start: entry.role for entry in headings}
    for line in _head_and_tail(document.lines):
        if line is None:
            grid.add_row("⋯", Text(f"{len(document.lines) - _HEAD_LINES - _TAIL_LINES:,} more lines", style=QUIET), "")
            continue
        own = [(start - line.start, end - line.start) for start, end in spans if start < line.end and end > line.start]
        grid.add_row(str(line.number), _gutter(line, _role(line, roles)), _line(document, line, own))
    return grid


def _head_and_tail(lines: Sequence[Line]) -> list[Line | None]:
    if len(lines) <= _HEAD_LINES + _TAIL_LINES:
        return list(lines)
    return [*lines[:_HEAD_LINES], None, *lines[-_TAIL_LINES:]]


def _role(line: Line, roles: dict[int, str]) -> str:
    """The role of the outline entry that begins in this line; its own words start behind the numbering."""
    if line.label != "heading":
        return ""
    return next((role for start, role in roles.items() if line.start <= start < max(line.end, line.start + 1)), "")


def _gutter(line: Line, role: str) -> Text:
    made = Text(line.label, style=LABEL_STYLES.get(line.label, ""))
    for word in (role, *line.rules):
        if word and word != "other":
            made.append("\n" + "\n".join(_wrapped(word)), style="dim not bold")
    return made


def _wrapped(name: str) -> list[str]:
    """An id in lines of the gutter, broken behind its hyphens.

    >>> _wrapped("notice-with-a-free-mail")
    ['notice-with-a-free-', ' mail']
    """
    lines = [""]
    for part in re.findall(r"[^-_:]+[-_:]?", name):
        if len(lines[-1]) + len(part) > _GUTTER_CELLS and lines[-1].strip():
            lines.append(" ")
        lines[-1] += part
    return lines


def _line(document: Document, line: Line, spans: list[Span]) -> Text:
    style = LABEL_STYLES.get(line.label, "") if line.label in BODY_LABELS else QUIET
    return marked(document.line_text(line), spans, style, EVIDENCE, _LINE_CHARS)


def _repairs(document: Document) -> Table:
    made = table("line", "kind", "before", "after")
    for repair in document.repairs[:_REPAIRS]:
        before, after = shown_line(repair.before, REMOVED, 60), shown_line(repair.after, ADDED, 60)
        made.add_row(str(repair.line), shown_line(repair.kind, limit=20), before, after)
    _say_rest(made, len(document.repairs) - _REPAIRS)
    return made


def _holes(document: Document) -> Table:
    made = table("at", "quote", "likely missing")
    for hole in document.holes[:_HOLES]:
        suggestion = shown_line(hole.suggestion, ADDED, 40) if hole.suggestion else Text("unknown", style=QUIET)
        made.add_row(str(hole.start), shown_line(hole.quote, limit=60), suggestion)
    _say_rest(made, len(document.holes) - _HOLES)
    return made


def _say_rest(made: Table, rest: int) -> None:
    if rest > 0:
        made.add_row("⋯", Text(f"{rest:,} more", style=QUIET))


def _score(verdict: Verdict) -> Table:
    """A bar a rule: █ towards farm, ▒ away from it, │ where the odds are even."""
    fall = waterfall(verdict.prior, ((e.rule, e.kind, e.bits) for e in verdict.evidence), _RULES)
    quotes = {e.rule: e.quote or _facts(e.facts) for e in reversed(verdict.evidence)}
    made = table()
    made.add_column("reason", width=22, overflow="fold")
    made.add_column("bits", justify="right", no_wrap=True)
    made.add_column("running total", no_wrap=True, width=_BAR_CELLS)
    made.add_column("what was found", ratio=1, no_wrap=True, overflow="ellipsis")
    made.expand = True
    for step in fall.steps:
        made.add_row(_name(step), signed(step.bits), _bar(fall, step), shown_line(quotes.get(step.name, ""), QUIET, 80))
    style = FARM if verdict.farm else HONEST
    total = Step("total", "", 0.0, fall.total)
    made.add_section()
    words = Text(f"{chance(verdict.probability)} farm page", style=f"bold {style}")
    made.add_row(Text("total", style="bold"), Text(signed(fall.total), style="bold"), _bar(fall, total), words)
    return made


def _name(step: Step) -> Text:
    if step.name == PRIOR:
        return Text("before looking")
    return Text(step.name).append(f" ×{step.count}" if step.count > 1 else "", style=QUIET)


def _facts(facts: object) -> str:
    return ", ".join(f"{key} {value}" for key, value in facts.items()) if isinstance(facts, dict) else ""


def _bar(fall: Waterfall, step: Step) -> Text:
    left, width = fall.extent(step)
    first = min(round(left * _BAR_CELLS), _BAR_CELLS - 1)
    last = max(first + 1, min(round((left + width) * _BAR_CELLS), _BAR_CELLS))
    zero = min(round(fall.zero * _BAR_CELLS), _BAR_CELLS - 1)
    cells = [" "] * _BAR_CELLS
    cells[zero] = "│"
    if not round(step.bits, 2):  # evidence of a kind that has its full weight already
        cells[first] = "·"
        return Text("".join(cells), style=QUIET)
    cells[first:last] = ("█" if step.bits > 0 else "▒") * (last - first)
    return Text("".join(cells), style=FARM if step.bits > 0 else HONEST)


def _stages(stages: Iterable[StageRow]) -> Table:
    made = table()
    made.add_column("stage", style="bold", no_wrap=True)
    made.add_column("result", overflow="fold", ratio=1)
    made.add_column("made by", style="cyan", overflow="fold")
    for stage, result, file in stages:
        made.add_row(shown(stage), shown(result, limit=600), shown(file))
    return made
