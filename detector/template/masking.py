"""Finds the names a text is about, without a model, and turns text into what stays when they and its numbers change."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from detector.template.roles import roles

ENTITY = "〔"  # stands for a masked name; never occurs in masked text otherwise
NUMBER = "#"
MAX_TERM_CHARS = 12
MAX_CODED = 4  # a text about more is a list
PIECE_COST = 3.0  # keeps 蓝莓手机 from falling into 蓝莓 and 手机
_HAN = r"\u3400-\u9fff\U00020000-\U0003ffff"
_RUN = re.compile(rf"[{_HAN}a-z0-9.+-]*[{_HAN}a-z0-9]")
# One number with its date, share or magnitude; a comma or colon only between digits.
_NUMERAL = r"[零〇一二三四五六七八九十百千万亿两]"
NUMBERS = re.compile(
    rf"""
    (?= [a-z\d+-] | {_NUMERAL} ) (?:                                          # most characters begin none of them
      [a-z]+ \d [a-z\d]* (?: [-_] [a-z\d]+ )*  |  \d+ [a-z] [a-z\d]*           # codes: x5pro, 30kg
    | [+-]? \d (?: [\d./%~年月日时分秒万亿千百至] | [,:] (?=\d) | - (?=\d) )*    # 2023年8月11日, 1,234.5万, 12:30, 5%
    | {_NUMERAL}{{2,}}                                                         # 二十三, not the 一 of 一些
    | (?<=第) {_NUMERAL}
    )
    """,
    re.VERBOSE,
)
_CODED = re.compile(rf"([{_HAN}a-z&-]{{2,14}})\([a-z:. ]{{0,4}}\d")
# Words of the frame of a title, never a name.
_FRAME = re.compile(
    r"怎么样|怎么办|怎么|如何|什么|为什么|为何|多少|哪些|哪个|哪里|是否|能否|能不能|可以|应该|需要|有没有|一个|这个|这些|我们|你|您"
    r"|[的了吗呢与和及或在是有被把将从对于为之]"
)
_ASCII = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")


def entity_terms(title: str, text: str, *, min_count: int = 2) -> tuple[str, ...]:
    """The parts of a folded title that a folded text repeats, in the order of the title.

    The title is cut where the parts hold together best: the cut of the highest sum of
    `(len - 1) * log2(count) - PIECE_COST` over parts that stand in `text` at least `min_count` times (parts of two
    characters: once more). Words of roles and question words are no names.

    >>> body = "蓝莓手机上市。蓝莓手机的手感好,蓝莓手机续航长。无线充电要点:无线充电怕热,无线充电怕湿。"
    >>> entity_terms("蓝莓手机无线充电如何保养", body)
    ('蓝莓手机', '无线充电')
    """
    terms: list[str] = []
    for run in _RUN.findall(title[:120]):
        for part in _FRAME.split(run):
            terms += [t for t in _cut(part, text, min_count) if t not in terms]
    return tuple(terms)


def coded_names(text: str) -> tuple[str, ...]:
    """Names that a folded text gives a code in brackets and says again: `蓝莓股份(600000)`; at most MAX_CODED.

    >>> coded_names("今日,蓝莓股份(600000)报收6.03元。蓝莓股份主营水果。")
    ('蓝莓股份',)
    """
    names: list[str] = []
    for match in _CODED.finditer(text):
        run = match.group(1)
        name = next((run[i:] for i in range(len(run) - 1) if text.count(run[i:]) > 1), "")
        if name and name not in names:
            names.append(name)
        if len(names) == MAX_CODED:
            break
    return tuple(names)


def _cut(part: str, text: str, min_count: int) -> list[str]:
    n = len(part)
    if n < 2:
        return []
    best = [0.0] * (n + 1)
    step = [1] * n  # length of the piece that starts here
    named = [False] * n
    for i in range(n - 1, -1, -1):
        best[i] = best[i + 1]
        if _inside_ascii(part, i):
            continue
        for size in range(2, min(MAX_TERM_CHARS, n - i) + 1):
            piece = part[i : i + size]
            count = text.count(piece)
            if count < min_count:
                break
            if _inside_ascii(part, i + size) or count < min_count + (size == 2) or piece in roles().words:
                continue
            score = best[i + size] + (size - 1) * math.log2(count) - PIECE_COST
            if score > best[i]:
                best[i], step[i], named[i] = score, size, True
    pieces, i = [], 0
    while i < n:
        if named[i]:
            pieces.append(part[i : i + step[i]])
        i += step[i]
    return pieces


def _inside_ascii(part: str, i: int) -> bool:
    return 0 < i < len(part) and part[i - 1] in _ASCII and part[i] in _ASCII


def mask(text: str, terms: Iterable[str] = ()) -> str:
    """A folded text with names as `〔`, numbers, dates and codes as `#`; newlines stay where they are.

    >>> mask("截至2023年8月11日收盘,蓝莓股份报6.03元", ["蓝莓股份"])
    '截至#收盘,〔报#元'
    """
    named = sorted({t for t in terms if t}, key=lambda t: (-len(t), t))
    if named:
        text = re.sub(f"(?:{'|'.join(map(re.escape, named))})+", ENTITY, text)
    return NUMBERS.sub(NUMBER, text)
