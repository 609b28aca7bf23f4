"""`documents.jsonl` to counts, the farm pages with their reasons, and whatever other sections want of a document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from detector.report.best import Best
from detector.report.excerpt import Excerpt, excerpt, first_line
from detector.report.files import Row
from detector.report.lines import LineSpan, LineTally
from detector.report.repairs import RepairTally
from detector.report.visible import clip, one_line
from detector.report.waterfall import Step, Waterfall, waterfall

_FARMS = 100
_CLOSE_CALLS = 12
_CLOSE_PROBABILITY = 0.05  # below this nobody would have wondered
_TABLE = 1000
_TABLE_SHARES = (400, 400, 200)  # farm pages, other removed ones, kept ones, where there are more than fit
_RULES_PER_FARM = 16
_QUOTES_PER_RULE = 3
_FACTS = 6
_TITLE_CHARS = 120
_NAME_CHARS = 160
_DIFF_CHARS = 40_000
_FACT_CHARS = 120
_LINE_CHARS = 220
_LANGUAGES = {"hans": "zh-Hans", "hant": "zh-Hant"}


@dataclass(frozen=True, slots=True)
class DocumentView:
    """What a table says of a document; `lang` picks the right font for its script."""

    id: str
    title: str
    host: str
    lang: str
    farm: bool
    probability: float
    keep: bool
    reason: str
    cluster: str
    family: str


@dataclass(frozen=True, slots=True)
class Reason:
    """One step of the waterfall with up to three quotes, or facts where the evidence lies in the corpus."""

    step: Step
    quotes: tuple[Excerpt, ...]
    facts: tuple[str, ...]
    more: int


@dataclass(frozen=True, slots=True)
class FarmView:
    document: DocumentView
    url: str
    published: str
    kinds: tuple[str, ...]
    fall: Waterfall
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class LineView:
    rule: str
    document: str
    number: int
    text: str
    lang: str


@dataclass(slots=True)
class Findings:
    """What one pass over the documents gathers; its size doesn't grow with the run."""

    documents: int = 0
    farms: int = 0
    kept: int = 0
    chars_in: int = 0
    chars_body: int = 0
    reasons: Counter[str] = field(default_factory=Counter)  # of removed documents
    kinds: Counter[str] = field(default_factory=Counter)  # of farm pages
    scripts: Counter[str] = field(default_factory=Counter)
    repairs: RepairTally = field(default_factory=RepairTally)
    lines: dict[str, list[LineView]] = field(default_factory=dict)  # by label
    named: dict[str, DocumentView] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    cards: Best[FarmView] = field(default_factory=lambda: Best(_FARMS))
    close: Best[FarmView] = field(default_factory=lambda: Best(_CLOSE_CALLS))
    table: tuple[Best[DocumentView], ...] = field(default_factory=lambda: tuple(Best(_TABLE) for _ in range(3)))

    def listed(self) -> tuple[DocumentView, ...]:
        """Up to 1,000 documents for the table, farm pages first; no kind crowds the others out."""
        kinds = [best.items() for best in self.table]
        chosen = [list(items[:share]) for items, share in zip(kinds, _TABLE_SHARES, strict=True)]
        for picked, items in zip(chosen, kinds, strict=True):
            room = _TABLE - sum(map(len, chosen))
            picked += items[len(picked) : len(picked) + room]
        return tuple(view for picked in chosen for view in picked)


def gather(rows: Iterable[Row], named: Set[str], texts: Set[str], lines: LineTally) -> Findings:
    """One pass; `named` documents are kept as views, `texts` also with the head of their text."""
    found = Findings()
    for row in rows:
        view = _view(row)
        _count(found, row, view)
        _offer(found, row, view)
        found.repairs.take(row.get("repairs"), view.title, view.id, _span_text(row))
        if view.id in named:
            found.named[view.id] = view
        if view.id in texts:
            found.texts[view.id] = _text(row)[:_DIFF_CHARS]
        for span in lines.wanted.get(view.id, ()):
            found.lines.setdefault(span.label, []).append(_line_view(row, view, span))
    return found


def _text(row: Row) -> str:
    return str(row.get("text") or "")


def _span_text(row: Row) -> str:
    """The text that spans count in: the whole repaired one, left out where it equals the cleaned one."""
    repaired = row.get("repaired")
    return _text(row) if repaired is None else str(repaired)


def _view(row: Row) -> DocumentView:
    title = str(row.get("title") or "") or first_line(_text(row)) or first_line(_span_text(row))
    return DocumentView(
        id=str(row["id"]),
        title=one_line(clip(" ".join(title.split()).lstrip("# "), _TITLE_CHARS)),
        host=clip(str(row.get("host") or ""), _NAME_CHARS),
        lang=_LANGUAGES.get(str(row.get("script")), "zh"),
        farm=bool(row.get("farm")),
        probability=float(row.get("farm_probability") or 0.0),
        keep=bool(row.get("keep", True)),
        reason=clip(str(row.get("reason") or ""), _NAME_CHARS),
        cluster=str(row.get("near_cluster") or row.get("exact_group") or ""),
        family=str(row.get("template_family") or ""),
    )


def _count(found: Findings, row: Row, view: DocumentView) -> None:
    found.documents += 1
    found.farms += view.farm
    found.kept += view.keep
    found.chars_in += int(row.get("chars_in") or 0)
    found.chars_body += int(row.get("chars_body") or 0)
    found.scripts[str(row.get("script") or "other")] += 1
    if not view.keep:
        found.reasons[view.reason] += 1
    if view.farm:
        found.kinds.update(str(kind) for kind in row.get("kinds") or ())


def _offer(found: Findings, row: Row, view: DocumentView) -> None:
    bits = float(row.get("farm_bits") or 0.0)
    key = (-bits, view.id)
    if view.farm:
        found.cards.offer(key, partial(_farm, row, view))
    elif view.probability >= _CLOSE_PROBABILITY and row.get("evidence"):
        found.close.offer(key, partial(_farm, row, view))
    found.table[0 if view.farm else 2 if view.keep else 1].offer(key, lambda: view)


def _farm(row: Row, view: DocumentView) -> FarmView:
    evidence = [item for item in row.get("evidence") or () if isinstance(item, dict)]
    prior = float(row.get("farm_bits") or 0.0) - sum(float(item.get("bits") or 0.0) for item in evidence)
    items = ((str(item.get("rule")), str(item.get("kind") or ""), float(item.get("bits") or 0.0)) for item in evidence)
    fall = waterfall(prior, items, _RULES_PER_FARM)
    return FarmView(
        document=view,
        url=clip(str(row.get("url") or ""), _NAME_CHARS),
        published=clip(str(row.get("published") or ""), 40),
        kinds=tuple(str(kind) for kind in row.get("kinds") or ()),
        fall=fall,
        reasons=tuple(_reason(step, evidence, _span_text(row)) for step in fall.steps),
    )


def _reason(step: Step, evidence: list[dict[str, Any]], text: str) -> Reason:
    """The step with its quotes, each different quote once."""
    own = [item for item in evidence if str(item.get("rule")) == step.name]
    quoted = {str(item["quote"]): item for item in reversed(own) if item.get("quote")}
    chosen = sorted(quoted.values(), key=lambda item: int(item.get("start") or 0))
    quotes = tuple(
        excerpt(text, int(item.get("start") or 0), int(item.get("end") or 0), str(item["quote"]))
        for item in chosen[:_QUOTES_PER_RULE]
    )
    facts = _facts(own[0].get("facts") or {}) if own else ()
    return Reason(step, quotes, facts, max(0, len(chosen) - len(quotes)))


def _facts(facts: dict[str, Any]) -> tuple[str, ...]:
    said = ((name, _fact(facts[name])) for name in sorted(facts))
    return tuple(f"{name}: {one_line(clip(value, _FACT_CHARS))}" for name, value in said if value)[:_FACTS]


def _fact(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, list):
        return ", ".join(_fact(item) for item in value[:8])
    if isinstance(value, dict):
        return ", ".join(f"{name} {_fact(value[name])}" for name in sorted(value)[:8])
    return str(value)


def _line_view(row: Row, view: DocumentView, span: LineSpan) -> LineView:
    text = _span_text(row)[span.start : span.end].strip()
    return LineView(span.rule, view.title, span.number, one_line(clip(text, _LINE_CHARS)), view.lang)
