"""A view into signs that a page was written for a search query: its title said again in sentences, lines, headings."""

from __future__ import annotations

from collections.abc import Iterator

from detector.judge.evidence import Found
from detector.judge.view import QUERY, View
from detector.rules import Rule

SENTENCE_LABELS = ("body", "teaser", "promotion", "disclaimer")
SENTENCE_EXTRA = 8  # a line this much longer than the key is a sentence that holds it, not the title said again
MIN_ENTITY_CHARS = 3


def title_in_sentences(view: View, rule: Rule) -> Iterator[Found]:
    """Sentences of the body that hold a query of the title, word for word; `settings.full` of them weigh in full."""
    queries = [key for key in view.keys if QUERY.search(key)]
    spans = []
    for line in view.lines:
        if line.label not in SENTENCE_LABELS:
            continue
        text = view.folded[line.start : line.end]
        for key in queries:
            place = text.find(key) if len(text) >= len(key) + SENTENCE_EXTRA else -1
            if place >= 0:
                spans.append((line.start + place, line.start + place + len(key)))
                break
    if spans:
        weight = min(1.0, len(spans) / int(rule.settings["full"]))
        yield Found(*spans[-1], weight, {"sentences": len(spans)})


def title_as_line(view: View, rule: Rule) -> Iterator[Found]:
    """A line of the page that is the title said again (the text of an image)."""
    wanted = {view.title, *view.keys[:1]}
    for line in view.lines:
        if line is view.title_line or line.label in ("title", "related", "navigation"):
            continue
        text = view.folded_line(line)
        if line.label == "caption" or (text in wanted and line.start > view.body_start):
            if text not in wanted and not any(text in key or key in text for key in view.keys):
                continue  # the caption of a picture, not of the page
            yield Found(line.start, line.end)
            return


def title_in_headings(view: View, rule: Rule) -> Iterator[Found]:
    """Headings that hold the same words of the title: at least `least` of them and `share` of all."""
    if len(view.headings) < int(rule.settings["least"]) or not view.title:
        return
    texts = [view.folded[heading.start : heading.end] for heading in view.headings]
    word = _shared_word(view.title, texts)
    holding = [heading for heading, text in zip(view.headings, texts, strict=True) if word and word in text]
    share = len(holding) / len(texts)
    if len(holding) >= int(rule.settings["least"]) and share >= float(rule.settings["share"]):
        facts = {"words": word, "headings": len(holding), "of": len(texts)}
        yield Found(holding[0].start, holding[0].end, 1.0, facts)


def _shared_word(title: str, texts: list[str]) -> str:
    """The run of the title, of three characters or more, that stands in most of `texts`; the longest of equals."""
    counts: dict[str, int] = {}
    for size in range(MIN_ENTITY_CHARS, 9):
        for start in range(min(len(title), 60) - size + 1):
            run = title[start : start + size]
            if run not in counts and run.isalnum():
                counts[run] = sum(run in text for text in texts)
    return max(counts, key=lambda run: (counts[run], len(run), run), default="")
