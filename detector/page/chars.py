"""Turns the lines of many documents into counts of character classes per line, all lines at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from detector.text.fold import LOSSY_TABLE

_PRIME = np.uint64(0x100000001B3)

# Classes of characters; a function character is a Han character too and counted apart.
(
    OTHER,
    HAN,
    LATIN,
    DIGIT,
    STOP,
    COMMA,
    SPACE,
    FUNCTION,
    BRACKET,
    SYMBOL,
    KANA,
    BAR,
    ASK,
    COLON,
) = range(14)
N_CLASSES = 14
# Characters of grammar, in both scripts: running text is full of them, titles and lists have few.
_FUNCTION = (
    "的了是在和也有不这這个個我他她它们們就而与與及其对對为為被把将將从從"
    "到之但并並或于於所都还還着著过過会會可以能要让讓很因如等中上"
)
_CHARS = {
    STOP: "。！!；;…｡",
    ASK: "？?",
    COMMA: "，、,",
    COLON: "：:",
    BRACKET: "（）()《》〈〉「」『』“”‘’\"'【】[]〔〕{}",
    SYMBOL: "*#＊•·●○■□▪◆◇★☆※→↑↓▲▼△▽>＞»«›‹~～^=+&@©®™$￥¥%％",
    BAR: "|｜_＿/／\\-–—―",
}


def _class_table() -> NDArray[np.uint8]:
    """uint8[65536]: the class of each code point of plane 0."""
    table = np.zeros(0x10000, dtype=np.uint8)
    for start, end, cls in (
        (0x3400, 0x4DBF, HAN), (0x4E00, 0x9FFF, HAN), (0xF900, 0xFAFF, HAN), (0xD800, 0xDFFF, HAN), (0x3007, 0x3007, HAN),
        (0x3040, 0x30FF, KANA), (0xAC00, 0xD7AF, KANA), (0x41, 0x5A, LATIN), (0x61, 0x7A, LATIN), (0xC0, 0x24F, LATIN),
        (0x370, 0x52F, LATIN), (0xFF21, 0xFF3A, LATIN), (0xFF41, 0xFF5A, LATIN), (0x30, 0x39, DIGIT), (0xFF10, 0xFF19, DIGIT),
        (0x2000, 0x200A, SPACE),
    ):  # fmt: skip
        table[start : end + 1] = cls
    for char in " \t\r\n\u3000\xa0":
        table[ord(char)] = SPACE
    for char in _FUNCTION:
        table[ord(char)] = FUNCTION
    for cls, chars in _CHARS.items():
        for char in chars:
            table[ord(char)] = cls
    table.setflags(write=False)
    return table


CLASS_TABLE = _class_table()


def codes_of(text: str) -> NDArray[np.uint16]:
    """uint16[n_code_points]; what lies above plane 0 becomes one Han code, since it nearly always is one."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    narrow: NDArray[np.uint16] = np.minimum(codes, 0xD800, where=codes > 0xFFFF, out=codes.copy()).astype(np.uint16)
    return narrow


def line_offsets(texts: Sequence[str]) -> NDArray[np.int64]:
    """int64[n + 1]: where each text starts when all are joined by one line feed each, the end included."""
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    offsets = np.zeros(len(texts) + 1, dtype=np.int64)
    np.cumsum(lengths + 1, out=offsets[1:])
    return offsets


def class_counts(classes: NDArray[np.uint8], line_of: NDArray[np.int64], n_lines: int) -> NDArray[np.int64]:
    """int64[n_lines, N_CLASSES]: how many characters of each class stand in each line."""
    keys = line_of * N_CLASSES + classes
    return np.bincount(keys, minlength=n_lines * N_CLASSES).reshape(n_lines, N_CLASSES)


def line_keys(
    codes: NDArray[np.uint16], line_of: NDArray[np.int64], n_lines: int
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """A hash of the folded text of each line, and how many characters the fold keeps: uint64[n_lines], int64[n_lines].

    Equal lines have equal keys in any batch; a line of which nothing is kept has key 0.
    """
    folded = LOSSY_TABLE[:0x10000].take(codes)
    kept = folded != 0
    values, lines = folded[kept].astype(np.uint64), line_of[kept]
    lengths = np.bincount(lines, minlength=n_lines)
    starts = np.cumsum(lengths) - lengths
    index = np.arange(len(values), dtype=np.int64) - starts[lines]
    with np.errstate(over="ignore"):
        powers = np.cumprod(
            np.full(int(lengths.max(initial=0)) + 1, _PRIME, dtype=np.uint64),
            dtype=np.uint64,
        )
        sums = np.concatenate(
            (
                np.zeros(1, np.uint64),
                np.cumsum((values + np.uint64(1)) * powers[index], dtype=np.uint64),
            )
        )
        keys = sums[starts + lengths] - sums[starts]
        keys = (keys ^ (keys >> np.uint64(32))) * np.uint64(0x9E3779B97F4A7C15)
    keys[lengths == 0] = 0
    return keys, lengths
