"""Turns text into the form that is compared, never shown: one character for all of its variants, case and width.

Two strengths: `fold_chars` maps code point to code point, so spans found in its result hold for the text itself;
`fold` also drops punctuation and space, and is what sketches and comparisons are made of.
The tables are data (`tools/build_fold.py` makes them from OpenCC's dictionaries and Unicode's tables).
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from importlib.resources import files
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

_BMP = 0x10000


def _read_tables() -> tuple[NDArray[np.uint16], NDArray[np.uint32], NDArray[np.uint16]]:
    with np.load(BytesIO((files(__package__) / "fold_tables.npz").read_bytes())) as tables:
        lossy: NDArray[np.uint16] = tables["lossy"]
        changes: NDArray[np.uint32] = tables["chars"]
        words: NDArray[np.uint16] = tables["words"]
    chars = np.arange(len(lossy), dtype=np.uint32)
    chars[changes[:, 0]] = changes[:, 1]
    for table in (lossy, chars, words):
        table.setflags(write=False)
    return lossy, chars, words


# uint16[262144] and uint32[262144], indexed by code point (planes above 3 hold no letters); uint16[n, 4], sorted:
# two codes of a regional word and the two that stand for it.
LOSSY_TABLE, CHARS_TABLE, WORD_TABLE = _read_tables()
_WORD_KEYS = WORD_TABLE[:, 0].astype(np.uint32) << 16 | WORD_TABLE[:, 1]
FOLD_DIGEST = blake2b(LOSSY_TABLE.tobytes() + WORD_TABLE.tobytes(), digest_size=8).hexdigest()

# Marks beside the code, so that one look-up gives both: may begin a regional word, may end one.
_BEGINS, _ENDS = np.uint32(1 << 16), np.uint32(1 << 17)


def _marked_table() -> NDArray[np.uint32]:
    """uint32[65536]: code and marks of each character of plane 0."""
    marks = np.zeros(_BMP, dtype=np.uint32)
    marks[WORD_TABLE[:, 0]] |= _BEGINS
    marks[WORD_TABLE[:, 1]] |= _ENDS
    codes = LOSSY_TABLE[:_BMP]
    table: NDArray[np.uint32] = codes | np.where(codes != 0, marks[codes], 0).astype(np.uint32)
    table.setflags(write=False)
    return table


_MARKED_TABLE = _marked_table()


def fold_chars(text: str) -> str:
    """Fold script, case and width code point by code point: the result is as long as `text`.

    Characters whose lower case is longer than one code point stay as they are; punctuation stays, at half width.
    `fold(fold_chars(text))` equals `fold(text)`.

    >>> fold_chars("《軟體開發》ＡＢＣ，１２３")
    '《软体开发》abc,123'
    """
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    if codes.size and codes.max() >= len(CHARS_TABLE):
        folded = np.where(codes < len(CHARS_TABLE), CHARS_TABLE.take(codes, mode="clip"), codes).astype("<u4")
    else:
        folded = CHARS_TABLE.take(codes).astype("<u4", copy=False)
    return folded.tobytes().decode("utf-32-le", "surrogatepass")


def fold(text: str) -> NDArray[np.uint16]:
    """Fold to what is compared: uint16 codes without punctuation, symbols and space, regional words as one.

    A code is the character itself where it lies in plane 0. Characters of planes 1 to 3 become their variant or
    compatibility form in plane 0 where there is one, else one of the 2,048 codes of the surrogate block, by their
    lowest 11 bits. Lone surrogates and planes above 3 are dropped.

    >>> "".join(map(chr, fold("《髮型》，Ａ b-c！")))
    '发型abc'
    >>> "".join(map(chr, fold("这个软件"))) == "".join(map(chr, fold("這個軟體")))
    True
    """
    return fold_batch([text])[0]


def fold_batch(texts: Sequence[str]) -> tuple[NDArray[np.uint16], NDArray[np.int64]]:
    """`fold` of many texts: `(codes uint16[n], offsets int64[n_texts + 1])`.

    Text i is `codes[offsets[i]:offsets[i + 1]]`.
    """
    parts = [_fold_units(np.frombuffer(text.encode("utf-16-le", "surrogatepass"), dtype="<u2")) for text in texts]
    offsets = np.zeros(len(texts) + 1, dtype=np.int64)
    np.cumsum([len(part) for part in parts], out=offsets[1:])
    marked = np.concatenate(parts) if parts else np.empty(0, dtype=np.uint32)
    codes = marked.astype(np.uint16)
    begins = marked[:-1] & marked[1:] >> 1 & _BEGINS
    begins[offsets[1:-1][(offsets[1:-1] > 0) & (offsets[1:-1] < len(codes))] - 1] = 0  # no word spans two texts
    _unify_words(codes, np.flatnonzero(begins))
    return codes, offsets


def _fold_units(units: NDArray[np.uint16]) -> NDArray[np.uint32]:
    codes = _MARKED_TABLE.take(units)
    high = np.flatnonzero((units & 0xFC00) == 0xD800)
    if high.size:
        _fold_astral(units, high, codes)
    kept: NDArray[np.uint32] = codes[codes != 0]
    return kept


def _unify_words(codes: NDArray[np.uint16], maybe: NDArray[np.intp]) -> None:
    """Replace regional words in place, from left to right; of two that overlap the first counts.

    `maybe` are the places where one may begin.
    """
    if not maybe.size:
        return
    keys = codes[maybe].astype(np.uint32) << 16 | codes[maybe + 1]
    rows = np.minimum(np.searchsorted(_WORD_KEYS, keys), len(_WORD_KEYS) - 1)
    hit = _WORD_KEYS[rows] == keys
    at, rows = maybe[hit], rows[hit]
    # In a run of neighbouring places every second one counts: 0, 2, 4, ...
    places = np.arange(len(at))
    run = np.maximum.accumulate(np.where(np.diff(at, prepend=-2) > 1, places, 0))
    counts = (places - run) % 2 == 0
    codes[at[counts]], codes[at[counts] + 1] = WORD_TABLE[rows[counts], 2], WORD_TABLE[rows[counts], 3]


def _fold_astral(units: NDArray[np.uint16], high: NDArray[np.intp], codes: NDArray[np.uint32]) -> None:
    """Write the code of each surrogate pair at the place of its high half; `codes` holds 0 at all halves."""
    high = high[high + 1 < len(units)]
    high = high[(units[high + 1] & 0xFC00) == 0xDC00]
    points = _BMP + ((units[high].astype(np.uint32) & 0x3FF) << 10) + (units[high + 1] & 0x3FF)
    codes[high] = np.where(points < len(LOSSY_TABLE), LOSSY_TABLE.take(points, mode="clip"), 0)
