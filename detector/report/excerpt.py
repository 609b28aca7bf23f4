"""A span of a text to a quote in its context, ready to be shown."""

from __future__ import annotations

import re
from dataclasses import dataclass

from detector.report.visible import clip_middle, one_line

_BLANK_LINES = re.compile(r"\n\s*\n")
_CONTEXT_CHARS = 36  # on either side: with the quote about three lines on a phone
_QUOTE_CHARS = 240
_HEAD_CHARS = 4000  # in which a first line is looked for: some texts begin with a screen of blanks


@dataclass(frozen=True, slots=True)
class Excerpt:
    """`quote` is the exact span; `before` and `after` are what stands around it, empty where that isn't known."""

    before: str
    quote: str
    after: str


def excerpt(text: str, start: int, end: int, quote: str = "") -> Excerpt:
    """The span `start` to `end` of `text` in its context.

    Where the span does not hold `quote` (the file holds another text than the one that was judged), the quote is
    shown alone: a wrong place is never marked.
    """
    span = text[start:end] if 0 <= start < end <= len(text) else ""
    if not span or (quote and span != quote):
        return Excerpt("", _flat(clip_middle(quote, _QUOTE_CHARS)), "")
    left = max(0, start - _CONTEXT_CHARS)
    right = min(len(text), end + _CONTEXT_CHARS)
    return Excerpt(
        before=("…" if left else "") + _flat(text[left:start]),
        quote=_flat(clip_middle(span, _QUOTE_CHARS)),
        after=_flat(text[end:right]) + ("…" if right < len(text) else ""),
    )


def _flat(text: str) -> str:
    """On one line, blank lines left out."""
    return one_line(_BLANK_LINES.sub("\n", text))


def first_line(text: str, limit: int = 48) -> str:
    """The first line that holds anything, for documents without a title."""
    head = text[:_HEAD_CHARS].strip()
    line = " ".join(head.partition("\n")[0].split()).lstrip("# ")
    return line if len(line) <= limit else line[:limit] + "…"
