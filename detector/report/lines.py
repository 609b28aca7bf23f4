"""`lines.jsonl` to counts by label and rule, and the few spans that will be shown as examples."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from detector.report.files import Row

_EXAMPLES_PER_RULE = 6
_NO_RULE = "position"  # lines labelled by where they stand, without a rule


@dataclass(frozen=True, slots=True)
class LineSpan:
    """A line to be shown once the text of its document comes by."""

    label: str
    rule: str
    number: int
    start: int
    end: int


@dataclass(slots=True)
class LineTally:
    """What `lines.jsonl` holds: lines by label, lines by label and rule, and spans wanted from each document."""

    labels: Counter[str] = field(default_factory=Counter)
    rules: Counter[tuple[str, str]] = field(default_factory=Counter)
    wanted: defaultdict[str, list[LineSpan]] = field(default_factory=lambda: defaultdict(list))


def tally_lines(rows: Iterable[Row], kept: frozenset[str]) -> LineTally:
    """Count every line; of stripped lines (label not in `kept`) choose a few a rule, each from another document."""
    tally = LineTally()
    chosen: Counter[tuple[str, str]] = Counter()
    last: dict[tuple[str, str], str] = {}
    for row in rows:
        label = str(row.get("label", ""))
        tally.labels[label] += 1
        if label in kept:
            continue
        for rule in row.get("rules") or (_NO_RULE,):
            key = (label, str(rule).partition("=")[0])  # `corpus:repeated-line=169` is one rule, whatever the count
            tally.rules[key] += 1
            document = str(row.get("document", ""))
            if chosen[key] < _EXAMPLES_PER_RULE and last.get(key) != document:
                chosen[key] += 1
                last[key] = document
                tally.wanted[document].append(_span(row, *key))
    return tally


def _span(row: Row, label: str, rule: str) -> LineSpan:
    return LineSpan(label, rule, int(row.get("line") or 0), int(row.get("start") or 0), int(row.get("end") or 0))
