"""Turns clean Chinese text into text with the damage that scraped pages carry, the same way on every run.

Only `samples/` and `tests/data/unseen/` are made with it. The benchmarks have damage of their own, since what one
function breaks another written beside it may mend too easily.
"""

from __future__ import annotations

import random
import re
from functools import cache

import opencc
import pypinyin

# Which characters a gloss tool explains: a page has either the long list or the short one.
GLOSSED_LONG = "優內動務勢協嚴國實對導應戰擴時會業機權濟無營現環產當發監簡細結絡經網聯規設語請識護譽負責費質進運關險風驅點"
GLOSSED_SHORT = "內務學導應戰據數業構權現環發監礎結經網聯術規訓設關養"
HOMOGLYPHS = str.maketrans({"A": "А", "B": "В", "C": "С", "E": "Е", "H": "Н", "P": "Р", "a": "а", "e": "е", "o": "о"})
FIRST_ASCII_LIMIT = 0x80  # a GBK trail byte below this stands alone once its lead byte is gone


@cache
def _converter(config: str) -> opencc.OpenCC:
    return opencc.OpenCC(config)


def convert(text: str, config: str = "s2t") -> str:
    """Convert the script; `config` is one of OpenCC's (`s2t`, `s2tw`, `s2hk`, `s2twp`, `t2s`)."""
    return str(_converter(config).convert(text))


@cache
def _reading(char: str) -> str:
    return str(pypinyin.pinyin(char, style=pypinyin.Style.TONE)[0][0])


def gloss(text: str, chars: str = GLOSSED_LONG) -> str:
    """Put its reading behind every one of `chars`: 導語 becomes 導(dǎo)語(yǔ)."""
    return re.sub(f"[{chars}]", lambda found: f"{found[0]}({_reading(found[0])})", text)


def _shifted(run: str) -> str | None:
    """Lose the first byte of `run` in GBK; None where what is left is no GBK."""
    try:
        kept = run.encode("gbk")[1:]
        return "?" + kept.decode("gbk")
    except UnicodeError:
        return None


def _run_end(text: str, start: int) -> int | None:
    """The end of the run that is shifted: behind the first character with an ASCII trail byte."""
    for at in range(start, min(start + 60, len(text))):
        try:
            data = text[at].encode("gbk")
        except UnicodeError:
            return None
        if len(data) == 1:
            return None
        if data[1] < FIRST_ASCII_LIMIT and at - start >= 6:
            return at + 1
        if data[1] < FIRST_ASCII_LIMIT:
            return None
    return None


def shift(text: str, seed: int, runs: int = 2) -> str:
    """Shift up to `runs` runs by one lost byte, as GBK pages that lost a byte are read."""
    rng = random.Random(seed)
    starts = list(range(len(text)))
    rng.shuffle(starts)
    taken: list[tuple[int, int, str]] = []
    for start in starts:
        end = _run_end(text, start)
        damaged = _shifted(text[start:end]) if end is not None else None
        if end is None or damaged is None or any(a < end + 20 and start < b + 20 for a, b, _ in taken):
            continue
        taken.append((start, end, damaged))
        if len(taken) == runs:
            break
    for start, end, damaged in sorted(taken, reverse=True):
        text = text[:start] + damaged + text[end:]
    return text


def misread(text: str, written: str, read: str) -> str:
    """Encode in one charset and read in another; bytes that the second lacks become U+FFFD."""
    return text.encode(written, "replace").decode(read, "replace")


def misread_lines(text: str, seed: int, share: float, written: str, read: str) -> str:
    """Misread a share of the lines only, as a page glued together from two sources is."""
    rng = random.Random(seed)
    lines = text.split("\n")
    return "\n".join(misread(line, written, read) if rng.random() < share else line for line in lines)


def sprinkle(text: str, seed: int, share: float = 0.04) -> str:
    """Scatter zero-width characters and put Cyrillic letters for Latin ones."""
    rng = random.Random(seed)
    pieces = (char + rng.choice("\u200b\u200c\ufeff") if rng.random() < share else char for char in text)
    return "".join(pieces).translate(HOMOGLYPHS)


def widen(text: str) -> str:
    """Write digits and Latin letters in full width."""
    return "".join(chr(ord(char) + 0xFEE0) if char.isascii() and char.isalnum() else char for char in text)
