"""Turns a text into the kinds of damage that it may have: one pass, so that clean text costs next to nothing."""

from __future__ import annotations

from codecs import utf_16_le_encode
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from detector.compiled import compiled, notice_if_slow
from detector.text.charmodel import load_model
from detector.text.gateletters import MAX_COST, load_letters
from detector.text.gbk import load_gbk

INVISIBLE = 1  # zero-width and bidi characters, soft hyphens
LOOKALIKE = 2  # Kangxi radicals, compatibility ideographs, Cyrillic and Greek letters
TONE = 4  # vowels with a tone mark: pinyin
BROKEN = 8  # private use, replacement and C1 control characters
LATIN = 16  # the letters that Chinese bytes become when read as Latin-1, RUN_OF_LATIN in a row
ASK = 32  # 问 or 于 before what can't follow it: what remains of a deleted 问题 or year
SPLIT = 64  # a mark between two characters that make a word which spam splits
GAP = 128  # a blank between a Han character and a stop: something was deleted
STRANGE = 256  # a run of characters that are too rare for text: another charset

SHIFT = 1 << 16  # a run of characters that would be commoner ones if a byte stood before it
LETTER = 1 << 19  # an ASCII letter between wide characters that may be the trail byte of one that was lost
ESCAPE = 1 << 17  # `&amp;`, `&#`, `\\u`, `\\x` or `%u`: escapes left as text

# Bits of the table that mean something only beside others, in 24 bits together with those that mean it alone.
_HAN, _MARK, _STOP, _ASKS, _LATIN, _HEAD, _TAIL, _ESCAPES, _YEARS, _RARE = (1 << bit for bit in range(9, 19))
_UTF8, _GOES_ON = 1 << 19, 1 << 20  # whose bytes in GBK are a character of UTF-8 but its last byte; that byte and a lead
_LETTER = 1 << 21
_SINGLE = INVISIBLE | LOOKALIKE | TONE | BROKEN
_NOW = _SINGLE | _LATIN  # looked at when the character comes
_THEN = _MARK | _ASKS | _ESCAPES | _YEARS | _LETTER  # looked at when the next one comes
_LOOK = _NOW | _RARE
_BITS = 24

RUN_OF_LATIN = 4
# What spam writes with a mark inside to slip through word filters; no line of a table is laid out with them.
SPLIT_WORDS: tuple[str, ...] = (
    *("微信", "加微", "薇信", "贷款", "貸款", "借款", "网贷", "網貸", "套现", "套現", "催收", "逾期", "征信", "徵信"),
    *("博彩", "赌博", "賭博", "赌场", "賭場", "彩票", "娱乐", "娛樂", "裸聊", "色情", "约炮", "約炮", "外围", "外圍"),
    *("发票", "發票", "代开", "代開", "办证", "辦證", "花呗", "借呗", "信用", "支付", "私信", "加群", "扣扣", "刷单"),
)
DISGUISES = "伩嶶幵愽欵歀溦祼薇単"  # what the words of `disguised_words.txt` have instead of the right character
# Cumulative sum test (Page 1954) of "any character of GBK" against "text", in eighths of a nat.
STRANGE_SUM = 8 * 20
UTF8_SUM = 8 * 3  # where the bytes look like UTF-8, too
SHIFT_SUM = 8 * 12  # at 10, four times as many clean documents are looked at, for one run in 300 more
MAX_STEP = 8 * 5  # so that at least three characters must agree
CAUGHT_SUM = 8 * 5  # where an ASCII character ends the run, as the trail byte that was left over
RARE_WEIGHT = -3  # the commonest character that a shifted run may begin with; lower costs time and finds no more
GBK_COST = 9.1  # nats: what a character of a shifted run costs, about one in 9,000
MAX_WEIGHT, MIN_WEIGHT = 8 * 4, -8 * 4
BREAK_WEIGHT = -8 * 3  # ASCII: a shifted run ends there


Scan = Callable[..., int]


@dataclass(frozen=True, slots=True)
class GateTables:
    """What is known of each UTF-16 unit, in tables small enough for the first cache of a processor.

    `classes` uint8[65536] is the class of a unit; those from `first_sign` on have a flag that is looked at, or are rare.
    `signs` int32[256] holds the flags of a class in the lower 24 bits, its weight (eighths of a nat) above. `weights`
    int8[65536] are the weights alone; `pairs` uint16[131072] is `gbk.GbkTable.pair_of`, then `char_of`;
    `letters` are the arrays of `gateletters.LetterTable`.
    """

    classes: NDArray[np.uint8]
    signs: NDArray[np.int32]
    first_sign: int
    weights: NDArray[np.int8]
    pairs: NDArray[np.uint16]
    letters: tuple[NDArray[np.uint16], NDArray[np.uint8], NDArray[np.uint8]]


def suspect(text: str) -> int:
    """The kinds of damage, an OR of the constants above, that `text` may have; 0 for almost every clean text."""
    tables = load_tables()
    return load_scan()(units_of(text), tables.classes, tables.signs, tables.pairs, *tables.letters)


def units_of(text: str) -> NDArray[np.uint16]:
    """The UTF-16 units of `text`; the codec itself is called, `str.encode` takes half as long again to find it."""
    return np.frombuffer(utf_16_le_encode(text, "surrogatepass")[0], dtype=np.uint16)


def scan(
    units: NDArray[np.uint16],
    classes: NDArray[np.uint8],
    signs: NDArray[np.int32],
    pairs: NDArray[np.uint16],
    rows: NDArray[np.uint16],
    after: NDArray[np.uint8],
    ahead: NDArray[np.uint8],
) -> int:
    """The loop of `suspect` over UTF-16 units; compiled where Numba is there, and its own specification."""
    zero = np.int64(0)  # one integer type throughout: Numba makes a float of mixed ones
    kinds = zero
    strange = zero  # cumulative sum of how rare the characters are
    most = zero  # the highest that it came
    gain = zero  # cumulative sum of how much commoner they would be one byte off
    latin = zero  # how many Latin letters in a row
    before = zero  # flags of the unit before
    last = zero  # the unit before
    for i in range(len(units)):
        unit = np.int64(units[i])
        flag = np.int64(signs[classes[units[i]]])  # an unsigned index spares the compiled loop a test for negative ones
        weight = flag >> _BITS
        strange = max(strange + weight, zero)
        most = max(most, strange)
        if not (flag & _LOOK | before & _THEN | gain):  # one branch for nine characters in ten
            before = flag
            last = unit
            continue
        if (flag & _RARE or gain > 0) and last >= 0x80 and unit != last:
            if strange > UTF8_SUM and before & _UTF8 and flag & _GOES_ON:
                kinds |= STRANGE
            pair = np.int64(pairs[units[i]])
            half = pair >> 8 if pair else (unit if 0x40 <= unit < 0x7F else zero)
            moved = np.int64(pairs[0x10000 | (np.int64(pairs[last]) & 0xFF) << 8 | half]) if half else zero
            if moved:
                step = (weight if pair else zero) - (np.int64(signs[classes[moved]]) >> _BITS)
                gain = max(gain + (step if step < MAX_STEP else MAX_STEP), zero)
                if gain > (SHIFT_SUM if pair else CAUGHT_SUM):
                    kinds |= SHIFT
            if not moved or not pair:
                gain = zero
        kinds |= flag & _SINGLE
        latin = latin + 1 if flag & _LATIN and before & _LATIN else zero
        if latin >= RUN_OF_LATIN - 1:
            kinds |= LATIN
        if flag & _STOP and before & _ASKS:
            kinds |= ASK
        if before & _LETTER and unit > 0x3000 and i > 1:
            two = np.int64(units[i - 2])
            lost = np.int64(pairs[0x10000 | (np.int64(pairs[two]) & 0xFF) << 8 | last])  # if a run ended with the letter
            column = last - 0x40
            if 0x3000 < two < 0xFFFD:
                fits = np.int64(after[np.int64(rows[two]) * 64 + column]) + np.int64(ahead[np.int64(rows[unit]) * 64 + column])
                if fits < MAX_COST or (lost and signs[classes[two]] >> _BITS > signs[classes[lost]] >> _BITS):
                    kinds |= LETTER
            elif (two == 0x3F or two == 0xFFFD) and i > 2 and units[i - 3] > 0x3000:
                kinds |= LETTER
        if before & _YEARS and unit == 0x5E74:
            kinds |= ASK  # 于年: a year was deleted
        if before & _MARK and i > 1:
            start = np.int64(signs[classes[units[i - 2]]])
            if flag & _STOP and unit != 0x7684 and (last == 0x20 or last == 0x3000) and start & _HAN:
                kinds |= GAP
            if flag & _TAIL and start & _HEAD:
                kinds |= SPLIT
        if before & _ESCAPES and (
            unit == 0x75 or (last == 0x5C and unit == 0x78) if last != 0x26 else (unit == 0x23 or unit == 0x61)
        ):
            kinds |= ESCAPE  # \\u, \\x, %u, &#, &a
        before = flag
        last = unit
    return int(kinds | STRANGE if most > STRANGE_SUM else kinds)


@cache
def load_scan() -> Scan:
    """`scan`, compiled when it is first asked for, which takes some seconds once and 0.4 s where it is cached.

    Only `suspect` asks for it: batches, and so all commands, do without.
    """
    tables = load_tables()
    with notice_if_slow("damaged text"):
        try:
            ready = compiled(scan)
        except ImportError:
            return scan
        ready(
            units_of(""), tables.classes, tables.signs, tables.pairs, *tables.letters
        )  # a compiler starts only with the first call
    return ready


@cache
def load_tables() -> GateTables:
    """The tables, made from the character model once."""
    gbk, letters = load_gbk(), load_letters()
    weights = _weights()
    units = weights.astype(np.int32) << _BITS | _flags()
    units[weights > RARE_WEIGHT] |= _RARE
    pair = gbk.pair_of
    units[(pair >= 0xE380) & (pair <= 0xE9BF) & (pair & 0xC0 == 0x80)] |= _UTF8
    units[(pair >= 0x8000) & (pair < 0xC000) & (pair & 0xFF >= 0xE3)] |= _GOES_ON
    dull = units & (_LOOK | _THEN) == 0
    signs = np.concatenate([np.unique(units[dull]), np.unique(units[~dull])])
    order = np.argsort(signs)
    classes = order[np.searchsorted(signs, units, sorter=order)]
    return GateTables(
        classes=classes.astype(np.uint8),
        signs=np.pad(signs, (0, 256 - len(signs))),
        first_sign=int(classes[dull].max()) + 1,
        weights=weights,
        pairs=np.concatenate([gbk.pair_of, gbk.char_of]),
        letters=(letters.rows, letters.after, letters.before),
    )


def _flags() -> NDArray[np.int32]:
    flags = np.zeros(0x10000, np.int32)
    spans = (
        (INVISIBLE, ((0, 0), (0xAD, 0xAD), (0x34F, 0x34F), (0x180E, 0x180E), (0x200B, 0x200F), (0x202A, 0x202E))),
        (INVISIBLE, ((0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF))),
        (LOOKALIKE, ((0x2E80, 0x2FD5), (0xF900, 0xFAD9), (0x391, 0x3A9), (0x3BD, 0x3BF), (0x405, 0x458), (0x20E3, 0x20E3))),
        (BROKEN, ((0xE000, 0xF8FF), (0xFFFD, 0xFFFD), (0x80, 0x84), (0x86, 0x9F))),
        (_LATIN, ((0x80, 0x9F), (0xA1, 0xB6), (0xB8, 0xFF))),
        (_HAN, ((0x3400, 0x9FFF),)),
        (_LETTER, ((0x40, 0x7E),)),
    )
    for flag, parts in spans:
        for first, last in parts:
            flags[first : last + 1] |= flag
    signs = (
        (LOOKALIKE, DISGUISES),
        (TONE, "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹḿ\u0300\u0301\u0304\u030c"),
        (_LATIN, "ŒœŠšŸŽžƒˆ˜‚„†‡‰‹›€"),
        (_MARK, " -_*.·~|+^\u3000"),
        (_STOP, ",.;!，。；！、的"),
        (_ASKS, "问問"),
        (_YEARS, "于於"),
        (_ESCAPES, "\\%&"),
        (_HEAD, "".join(word[0] for word in SPLIT_WORDS)),
        (_TAIL, "".join(word[1] for word in SPLIT_WORDS)),
    )
    for flag, chars in signs:
        flags[[ord(char) for char in chars]] |= flag
    return flags


def _weights() -> NDArray[np.int8]:
    model = load_model()
    weights = np.zeros(0x10000, np.int16)
    han = np.arange(0x3400, 0xA000, dtype=np.uint16)
    weights[han] = np.rint(8 * (model.unigram[model.classes[han]] - GBK_COST))
    weights[:0x80] = BREAK_WEIGHT
    weights[[ord("?"), ord(";"), ord("(")]] = 0  # what bytes that were lost leave behind
    weights[0x370:0x530] = weights[0x2010:0x2700] = weights[0x3040:0x3400] = 8 * 3  # symbols: rarer than Han
    weights[0x3000:0x3040] = weights[0xFF00:0xFFF0] = weights[[ord(char) for char in "“”‘’—…·℃①②③"]] = -8
    weights[[ord(char) for char in "，。、：；“”"]] = MIN_WEIGHT
    weights[0xE000:0xF900] = weights[0xFFFD] = MAX_WEIGHT
    weights[0xD800:0xE000] = BREAK_WEIGHT
    return np.clip(weights, MIN_WEIGHT, MAX_WEIGHT).astype(np.int8)
