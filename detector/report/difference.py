"""Two texts to the rows of a difference: sentence by sentence, the changed characters marked, the rest folded away."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import islice
from typing import Literal

from detector.report.pairing import pair_up
from detector.text.fold import fold_chars

Op = Literal["same", "removed", "added", "gap"]

MAX_SENTENCES = 400  # of each text; difflib is quadratic at worst, and nobody reads further
_CONTEXT = 1  # unchanged sentences shown around a change
_CHAR_BUDGET = 2_000_000  # product of lengths that character comparisons may cost together: about 1 s at worst
_MIN_RATIO = 0.3  # sentences less alike than this are shown as wholly other: marks on stray characters mislead

# A piece without a stop is cut every 400 characters, so that a text of one line is compared in parts.
_SENTENCE = re.compile(r"[^\n。！？!?]{1,400}[。！？!?]{0,20}[”’」』）)\"]{0,4}\n?|[。！？!?]{1,400}\n?")
_IGNORED = re.compile(r"[\s\W_]+")
_UNSEEN = re.compile(r"[\s\ufeff\u200b-\u200f\u2060]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of characters of one row; `changed` where the other text lacks them."""

    text: str
    changed: bool


@dataclass(frozen=True, slots=True)
class DiffRow:
    """Some sentences that are the same, stand in one text only, or (`gap`) are the same and not shown."""

    op: Op
    pieces: tuple[Piece, ...]
    sentences: int


@dataclass(frozen=True, slots=True)
class Difference:
    """Rows in reading order; `cut` says that at least one text is longer than what was compared."""

    rows: tuple[DiffRow, ...]
    same: int  # sentences
    removed: int
    added: int
    cut: bool


def difference(a: str, b: str, *, max_sentences: int = MAX_SENTENCES) -> Difference:
    """What turns `a` into `b`. Script, case, width, punctuation and space don't count as changes.

    >>> [(row.op, row.pieces[0].text) for row in difference("今天下雨。", "今天下雨。路很滑。").rows]
    [('same', '今天下雨。'), ('added', '路很滑。')]
    """
    left, right = _sentences(a, max_sentences + 1), _sentences(b, max_sentences + 1)
    cut = len(left) > max_sentences or len(right) > max_sentences
    left, right = left[:max_sentences], right[:max_sentences]
    matcher = SequenceMatcher(None, [_key(s) for s in left], [_key(s) for s in right])
    blocks = [(tag, left[i:j], right[k:m]) for tag, i, j, k, m in matcher.get_opcodes()]
    return Difference(
        rows=tuple(_rows(blocks)),
        same=sum(len(old) for tag, old, _ in blocks if tag == "equal"),
        removed=sum(len(old) for tag, old, _ in blocks if tag != "equal"),
        added=sum(len(new) for tag, _, new in blocks if tag != "equal"),
        cut=cut,
    )


def _sentences(text: str, limit: int) -> list[str]:
    """The first sentences of `text`, each with the line end behind it, blank ones left out."""
    found = (match.group() for match in _SENTENCE.finditer(text))
    return list(islice((sentence for sentence in found if not sentence.isspace()), limit))


def _key(sentence: str) -> str:
    """What makes two sentences the same: their letters, or all of it where there are none."""
    return _IGNORED.sub("", fold_chars(sentence)) or _UNSEEN.sub("", sentence)


def _rows(blocks: Sequence[tuple[str, list[str], list[str]]]) -> Iterator[DiffRow]:
    budget = [_CHAR_BUDGET]
    for place, (tag, old, new) in enumerate(blocks):
        if tag == "equal":
            yield from _same_rows(old, first=place == 0, last=place == len(blocks) - 1)
            continue
        for i, k in pair_up([_key(s) for s in old], [_key(s) for s in new]):
            yield from _changed_rows("" if i is None else old[i], "" if k is None else new[k], budget)


def _changed_rows(before: str, after: str, budget: list[int]) -> Iterator[DiffRow]:
    """A row for each side that has a sentence; `budget[0]` goes down by what the comparison costs."""
    budget[0] -= len(before) * len(after)
    was, now = _mark(before, after) if budget[0] >= 0 else _wholly(before, after)
    if before:
        yield DiffRow("removed", was, 1)
    if after:
        yield DiffRow("added", now, 1)


def _same_rows(sentences: list[str], *, first: bool, last: bool) -> Iterator[DiffRow]:
    """The sentences next to a change, and a gap for those in between."""
    head = 0 if first else _CONTEXT
    tail = 0 if last else _CONTEXT
    if first and last:  # nothing differs: show how the texts begin
        head = _CONTEXT
    hidden = len(sentences) - head - tail
    if hidden <= 1:
        yield DiffRow("same", (Piece("".join(sentences), False),), len(sentences))
        return
    if head:
        yield DiffRow("same", (Piece("".join(sentences[:head]), False),), head)
    yield DiffRow("gap", (), hidden)
    if tail:
        yield DiffRow("same", (Piece("".join(sentences[-tail:]), False),), tail)


def _wholly(before: str, after: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    return (Piece(before, True),), (Piece(after, True),)


def _mark(before: str, after: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Both texts in pieces, those changed that the other lacks."""
    if not before or not after:
        return _wholly(before, after)
    matcher = SequenceMatcher(None, fold_chars(before), fold_chars(after), autojunk=False)
    if matcher.ratio() < _MIN_RATIO:
        return _wholly(before, after)
    opcodes = matcher.get_opcodes()
    was = [Piece(before[i:j], tag != "equal") for tag, i, j, _, _ in opcodes if j > i]
    now = [Piece(after[k:m], tag != "equal") for tag, _, _, k, m in opcodes if m > k]
    return tuple(was), tuple(now)
