"""A view into signs of damaged or hidden text: glosses, shifted bytes, deleted words, hidden lists, spam lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from detector.judge.evidence import Found
from detector.judge.view import View
from detector.rules import Rule
from detector.text.fold import fold_chars
from detector.types import Hole

HAN = re.compile(r"[\u3400-\u9fff]")
STEM_CHARS = 2  # enough of a title to tell that a hidden keyword is about the same thing


def pinyin_glosses(view: View, rule: Rule) -> Iterator[Found]:
    """At least `least` pinyin glosses that the repair took out."""
    yield from _repairs(view, rule, "gloss")


def shifted_bytes(view: View, rule: Rule) -> Iterator[Found]:
    """At least `least` runs of GBK read one byte off, that the repair put back."""
    yield from _repairs(view, rule, "gbk-shift")


def _repairs(view: View, rule: Rule, kind: str) -> Iterator[Found]:
    made = [repair for repair in view.document.repairs if kind in repair.kind]
    if len(made) >= int(rule.settings["least"]):
        # A repair counts in the text before it, so there is no span of the repaired text to show.
        yield Found(facts={"repairs": len(made), "before": made[0].before[:40], "after": made[0].after[:40]})


def deleted_words(view: View, rule: Rule) -> Iterator[Found]:
    """At least `least` places where the repair saw that words were deleted; `full` of them weigh in full."""
    holes = [hole for hole in view.document.holes if _is_deletion(view, hole)]
    if len(holes) >= int(rule.settings["least"]):
        hole = holes[0]
        yield Found(hole.start, hole.end, min(1.0, len(holes) / int(rule.settings["full"])), {"holes": len(holes)})


def _is_deletion(view: View, hole: Hole) -> bool:
    # A missing year is a sign of its own (`placeholder-founded`).
    return view.body_start <= hole.start <= view.body_end and "年" not in view.folded[hole.start : hole.end + 1]


def hidden_text(view: View, rule: Rule) -> Iterator[Found]:
    """At least `chars` code points that the page hides and that repeat words of its title or of spam."""
    for text in view.document.hidden:
        folded = fold_chars(text)
        words = [word for word in folded.replace(",", " ").split() if len(word) >= 2]
        stem = view.title[:STEM_CHARS]
        if len(words) >= int(rule.settings["words"]) and stem and sum(stem in word for word in words) * 2 >= len(words):
            yield Found(facts={"hidden": text[:80], "words": len(words)})
            return


def _is_han(text: str) -> bool:
    """Whether half of a line is Han: parameters and addresses are mistaken for keyword lines."""
    return len(HAN.findall(text)) * 2 >= len(text)


def labelled_spam(view: View, rule: Rule) -> Iterator[Found]:
    """Lines that were labelled as injected keywords; `full` of them weigh in full."""
    lines = [line for line in view.lines if line.label == "spam" and _is_han(view.folded_line(line))]
    if lines:
        yield Found(lines[0].start, lines[0].end, min(1.0, len(lines) / int(rule.settings["full"])), {"lines": len(lines)})
