"""A view into signs of filled-up text: a lead that stands twice, invented tables of even steps."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from detector.judge.evidence import Found
from detector.judge.view import View
from detector.rules import Rule

# The last number of a row: after a year and quarter or month (the cell borders may be lost), or after a cell border.
ROW_VALUE = re.compile(
    r"""^ \s* \|? \s*
    (?: (?:19|20) \d\d \s* (?: q[1-4] | 年 (?: \s* \d{1,2} 月 | 第?[一二三四1-4]季度 )? )
      | \d{1,2} 月 | 第[一二三四]季度 | q[1-4] )
    [\s|:,]* (?P<value> \d{1,9} (?: \. \d+ )? ) \s* [%\w]{0,3} \s* \|? \s* $""",
    re.VERBOSE,
)

SENTENCE = re.compile(r"[^。!?;\n]+[。!?;]?")
MIN_SENTENCE_CHARS = 18
LEAD_NAME = re.compile(r"^[^:]{2,6}:")  # `abstract:` before the lead
HAN = re.compile(r"[\u3400-\u9fff]")


def constant_steps(view: View, rule: Rule) -> Iterator[Found]:
    """A table of at least `rows` periods in a row whose values grow by one and the same step."""
    rows = int(rule.settings["rows"])
    run: list[tuple[int, int, float]] = []
    for line in view.lines:
        match = ROW_VALUE.match(view.folded[line.start : line.end])
        if match is None:
            run = []
            continue
        run = [*run[1 - rows :], (line.start, line.end, float(match["value"]))]
        steps = {round(b[2] - a[2], 6) for a, b in pairwise(run)}
        if len(steps) > 1:
            run = run[-2:]
        elif len(run) == rows and steps != {0.0}:
            yield Found(run[0][0], run[-1][1], 1.0, {"rows": len(run), "step": steps.pop()})
            return


def lead_repeated(view: View, rule: Rule) -> Iterator[Found]:
    """A teaser line, or the first `chars` code points of a line again, within the first `lines` lines."""
    chars = int(rule.settings["chars"])
    starts: set[str] = set()
    for line in view.lines[: int(rule.settings["lines"])]:
        text = view.folded_line(line)
        lead = LEAD_NAME.sub("", text)[:chars]
        if len(HAN.findall(lead)) * 2 <= min(chars, len(text)):
            continue
        if line.label == "teaser" or (line.label == "body" and lead in starts):
            yield Found(line.start, line.end, 1.0, {"chars": len(text)})
            return
        if len(lead) == chars:
            starts.add(lead)


def sentences_repeated(view: View, rule: Rule) -> Iterator[Found]:
    """Sentences that stand twice or more: `least` of them, with `share` of all characters in sentences."""
    spans = [
        (match.start(), match.end())
        for line in view.lines
        if line.label == "body"
        for match in SENTENCE.finditer(view.folded, line.start, line.end)
        if match.end() - match.start() >= MIN_SENTENCE_CHARS and match.group()[-1] in "。!?;"
    ]
    counts = Counter(view.folded[start:end] for start, end in spans)
    twice = {text: n for text, n in counts.items() if n > 1 and len(HAN.findall(text)) * 2 > len(text)}
    total = sum(len(text) * n for text, n in counts.items())
    extra = sum(len(text) * (n - 1) for text, n in twice.items())
    if len(twice) >= int(rule.settings["least"]) and extra >= float(rule.settings["share"]) * total:
        start, end = next((start, end) for start, end in spans if view.folded[start:end] in twice)
        yield Found(start, end, 1.0, {"sentences": len(twice), "share": round(extra / total, 3)})
