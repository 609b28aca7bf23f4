"""A labelled document and its outline into evidence: patterns of the rules, and signals that no pattern can express."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from detector.judge import damage, lists, outlines, repeats, titles
from detector.judge.evidence import Found, evidence_of
from detector.judge.relations import CorpusContext, contacts_of, corpus_evidence
from detector.judge.view import View, view_of
from detector.rules import Rule, RuleHit, RuleSet
from detector.types import Document, Evidence, Heading

__all__ = ["CORPUS_SIGNAL", "SIGNALS", "CorpusContext", "contacts_of", "corpus_evidence", "document_evidence"]

Signal = Callable[[View, Rule], Iterator[Found]]
NEEDS_CHARS = 3000  # what a rule `needs` grows with longer texts: chance repeats in a book prove nothing
MAX_LINES_COUNTED = 20  # enough for any rule that asks for several lines
AFTER_BODY_CHARS = 300  # a last sentence that calls the reader to stay may count as promotion, not as body
CORPUS_SIGNAL: Final = "corpus"  # rules whose evidence is in `relations`

SIGNALS: Final[Mapping[str, Signal]] = MappingProxyType(
    {
        "title_in_sentences": titles.title_in_sentences,
        "title_as_line": titles.title_as_line,
        "title_in_headings": titles.title_in_headings,
        "slot_filled_titles": lists.slot_filled_titles,
        "formula_titles": lists.formula_titles,
        "sister_titles": lists.sister_titles,
        "neighbour_queries": lists.neighbour_queries,
        "role_skeleton": outlines.role_skeleton,
        "dense_outline": outlines.dense_outline,
        "thin_outline": outlines.thin_outline,
        "late_start": outlines.late_start,
        "pinyin_glosses": damage.pinyin_glosses,
        "shifted_bytes": damage.shifted_bytes,
        "deleted_words": damage.deleted_words,
        "hidden_text": damage.hidden_text,
        "labelled_spam": damage.labelled_spam,
        "constant_steps": repeats.constant_steps,
        "lead_repeated": repeats.lead_repeated,
        "sentences_repeated": repeats.sentences_repeated,
    }
)


def document_evidence(document: Document, headings: tuple[Heading, ...], rules: RuleSet) -> tuple[Evidence, ...]:
    """All evidence that one document shows by itself, ordered by start and rule; at most one item a rule."""
    view = view_of(document, headings)
    found = [*_pattern_finds(view, rules), *_signal_finds(view, rules)]
    listed = [evidence_of(rule, item, document.source_text) for rule, item in found if item.weight > 0.0]
    return tuple(sorted(listed, key=lambda item: (item.start, item.rule)))


def _signal_finds(view: View, rules: RuleSet) -> Iterator[tuple[Rule, Found]]:
    for rule in rules.signals:
        signal = SIGNALS.get(rule.signal or "")
        if signal is not None:
            for item in signal(view, rule):
                yield rule, item


def _pattern_finds(view: View, rules: RuleSet) -> Iterator[tuple[Rule, Found]]:
    by_rule: dict[str, list[RuleHit]] = defaultdict(list)
    for hit in rules.search(view.folded):
        if _stands(view, hit):
            by_rule[hit.rule.id].append(hit)
    for hits in by_rule.values():
        yield from _one_find(view, hits)
    if view.title and (view.title_line is None or view.title not in view.folded_line(view.title_line)):
        # The title is known from the page's head or from a column: what the line above the text lacks has no span there.
        for hit in rules.search(view.title):
            if hit.rule.where == "title" and hit.rule.id not in by_rule:
                yield hit.rule, Found(facts={"title": view.title[hit.start : hit.end]})


def _one_find(view: View, hits: list[RuleHit]) -> Iterator[tuple[Rule, Found]]:
    rule, first = hits[0].rule, hits[0]
    distinct = len({view.folded[hit.start : hit.end] for hit in hits})
    if "lines" in rule.settings and _lines_hit(view, hits) < int(rule.settings["lines"]):
        return
    scale = max(1.0, len(view.folded) / NEEDS_CHARS) if rule.needs > 1 else 1.0
    if distinct < rule.needs * scale:
        return
    full = float(rule.settings.get("full", 1)) * scale
    facts = {"matches": len(hits), "distinct": distinct} if len(hits) > 1 else {}
    yield rule, Found(first.start, first.end, min(1.0, distinct / full), facts)


def _lines_hit(view: View, hits: list[RuleHit]) -> int:
    return len({view.folded.count("\n", 0, hit.start) for hit in hits[:MAX_LINES_COUNTED]})


def _stands(view: View, hit: RuleHit) -> bool:
    """Whether the hit stands where its rule looks."""
    where = hit.rule.where
    if where == "text":
        return True
    if where == "head":
        return hit.start < view.head_end
    if where == "tail":
        return view.tail_start <= hit.start < view.body_end + AFTER_BODY_CHARS
    if where == "title":
        line = view.title_line
        return line is not None and line.start <= hit.start < line.end
    return any(heading.start <= hit.start < heading.end for heading in view.headings)
