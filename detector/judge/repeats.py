"""A view into signs of filled-up text: a lead that stands twice, invented tables of even steps."""

from __future__ import annotations

import re
from collections.abc import Iterator

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


def constant_steps(view: View, rule: Rule) -> Iterator[Found]:
    """A table of at least `rows` periods in a row whose values grow by one and the same step."""
    run: list[tuple[int, int, float]] = []
    for line in view.lines:
        match = ROW_VALUE.match(view.folded[line.start : line.end])
        if match is None:
            run = []
            continue
        run.append((line.start, line.end, float(match["value"])))
        steps = {round(b[2] - a[2], 6) for a, b in zip(run, run[1:], strict=False)}
        if len(steps) > 1:
            run = run[-2:]
        elif len(run) == int(rule.settings["rows"]) and steps != {0.0}:
            yield Found(run[0][0], run[-1][1], 1.0, {"rows": len(run), "step": steps.pop()})
            return


def lead_repeated(view: View, rule: Rule) -> Iterator[Found]:
    """A teaser line, or the first `chars` code points of a paragraph again at the start of a later one."""
    chars = int(rule.settings["chars"])
    starts: set[str] = set()
    for line in view.lines:
        text = view.folded_line(line)
        lead = re.sub(r"^[^:]{2,6}:", "", text)[:chars]
        if line.label == "teaser" or (line.label == "body" and len(lead) == chars and lead in starts):
            yield Found(line.start, line.end, 1.0, {"chars": len(text)})
            return
        if len(lead) == chars and len(starts) < int(rule.settings["paragraphs"]):
            starts.add(lead)
