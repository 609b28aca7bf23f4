"""Turns characters that only look like the ones they stand for, or stand in between to hide a word, into plain ones."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import numpy as np

from detector.text.charmodel import load_model
from detector.text.edits import Edit
from detector.text.gate import SPLIT_WORDS
from detector.text.script import script_of

WORD_COST = 6.0  # nats: characters that follow each other within a word, seldom where two words meet

_INVISIBLE = "\u00ad\u034f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff"
_HAN = "\u3400-\u9fff"
# Patterns begin with what is seldom: one that looks back from every character takes ten times as long.
# Only between characters that nothing invisible belongs between: emoji, Arabic and Indic text need theirs.
_HIDDEN = re.compile(rf"[{_INVISIBLE}]+(?=[{_HAN}A-Za-z0-9])")
_HIDES_IN_LATIN = re.compile("[\u200b\u2060-\u2064\ufeff]+")
_WORD = re.compile(rf"[{_HAN}A-Za-z0-9]")
# What joining files leaves at the beginning of a line, and what padded records leave.
_STRAY = re.compile("^\ufeff+|\0+", re.M)
# Text that is shown from right to left though none of its letters is written so.
_OVERRIDDEN = re.compile("\u202e(?P<shown>[^\u0590-\u08ff\u202a-\u202e\u2066-\u2069\ufb1d-\ufefc\n]{2,200})\u202c?")

_RADICAL = re.compile("[\u2e80-\u2fd5\uf900-\ufad9]+")
_BESIDE_RADICAL = re.compile(f"[{_HAN}]")
# Radicals that Unicode does not decompose; names as in the CJK Radicals Supplement.
_RADICALS = dict(
    zip(
        "⺁⺄⺇⺌⺎⺕⺗⺟⺠⺢⺩⺪⺬⺭⺮⺷⺼⻁⻂⻄⻅⻆⻉⻋⻌⻍⻎⻐⻒⻓⻔⻖⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻬⻮⻰⻳",
        "厂乙几小兀彐心母民水王疋示示竹羊月虎衣西见角贝车辶辶辶钅长长门阝青韦页风飞食马骨鬼鱼鸟卤麦黄齐齿龙龟",
        strict=True,
    )
)
# Those for which Unicode names a form that Simplified text writes otherwise.
_HANS_RADICALS = {"⼾": "户", "⾭": "青", "⿈": "黄"}

# Letters of other alphabets that can't be told from ASCII ones (Unicode confusables, UTS 39).
_CONFUSABLE = dict(
    zip(
        "АВЕЅІЈКМНОРСТУХаеорсухіјѕΑΒΕΖΗΙΚΜΝΟΡΤΥΧο",
        "ABESIJKMHOPCTYXaeopcyxijsABEZHIKMNOPTYXo",
        strict=True,
    )
)
_MIXED = re.compile(rf"[A-Za-z{''.join(_CONFUSABLE)}\u0370-\u052f]{{3,}}")

# A digit in a box, five or more of them: a number that filters are not to see.
_BOXED = re.compile("(?:[0-9]\ufe0f?\u20e3[ ]?){4,}[0-9]\ufe0f?\u20e3")

_MARK = "[-_*.·~|+^ \u3000]"
_SPLIT = re.compile("|".join(f"{word[0]}{_MARK}{word[1:]}" for word in SPLIT_WORDS if len(word) == 2))


def fix_invisible(text: str) -> list[Edit]:
    """Invisible characters between visible ones, in a text that has some of them inside words; zero bytes, stray marks.

    What editors leave at the ends of lines and captions hides nothing and stays.
    """
    found = [match for match in _HIDDEN.finditer(text) if _hides(text, match)]
    if not any(_inside_word(text, m.start(), m.end()) for m in found):
        found = []
    edits = [Edit(match.start(), match[0], "") for match in (*found, *_STRAY.finditer(text))]
    return sorted(edits, key=lambda edit: edit.start)


def fix_overrides(text: str) -> list[Edit]:
    """Text within a right-to-left override, in the order in which a reader sees it."""
    if "\u202e" not in text:
        return []
    return [Edit(found.start(), found[0], found["shown"][::-1]) for found in _OVERRIDDEN.finditer(text)]


def _hides(text: str, found: re.Match[str]) -> bool:
    """Whether it stands between characters of words; between Latin letters a soft hyphen or bidi mark has its use."""
    before, after = text[max(0, found.start() - 1) : found.start()], text[found.end()]
    if not _WORD.fullmatch(before):
        return False
    return not (before.isascii() and after.isascii()) or _HIDES_IN_LATIN.fullmatch(found[0]) is not None


def _inside_word(text: str, start: int, end: int) -> bool:
    before, after = ord(text[start - 1]), ord(text[end])
    if before < 0x80 or after < 0x80:
        return before < 0x80 and after < 0x80 and chr(before).isalpha() and chr(after).isalpha()
    cost = load_model().pair_costs(np.array(before, np.uint16), np.array(after, np.uint16))
    return float(cost) < WORD_COST


def fix_radicals(text: str) -> list[Edit]:
    """Kangxi radicals and compatibility ideographs beside Han characters, as from the text layer of a PDF."""
    edits = []
    hans = script_of(text) == "hans"
    for found in _RADICAL.finditer(text):
        around = text[max(0, found.start() - 1) : found.start()] + text[found.end() : found.end() + 1]
        if len(found[0]) == 1 and not _BESIDE_RADICAL.search(around):
            continue
        for at, char in enumerate(found[0], found.start()):
            plain = _RADICALS.get(char) or (hans and _HANS_RADICALS.get(char)) or unicodedata.normalize("NFKC", char)
            if plain != char:
                edits.append(Edit(at, char, plain))
    return edits


def fix_homoglyphs(text: str) -> list[Edit]:
    """Cyrillic and Greek letters within words that are otherwise ASCII: `Wеchat` with a Cyrillic е."""
    edits = []
    for found in _MIXED.finditer(text):
        word = found[0]
        plain = "".join(_CONFUSABLE.get(char, char) for char in word)
        n_foreign = sum(not char.isascii() for char in word)
        if n_foreign and plain.isascii() and n_foreign * 2 <= len(word):
            edits.append(Edit(found.start(), word, plain))
    return edits


def fix_boxed_digits(text: str) -> list[Edit]:
    """Numbers written in boxed digits: `1️⃣3️⃣8️⃣…`."""
    if "\u20e3" not in text:
        return []
    return [Edit(found.start(), found[0], re.sub("[^0-9]", "", found[0])) for found in _BOXED.finditer(text)]


@cache
def load_disguised_words() -> Mapping[str, str]:
    """Words as spam writes them, and the words that they stand for."""
    rows = (files("detector.text") / "disguised_words.txt").read_text(encoding="utf-8").splitlines()
    return dict(row.split("\t") for row in rows if not row.startswith("#"))


def fix_disguised_words(text: str) -> list[Edit]:
    """Words with a character that looks or sounds like the right one: `薇信`."""
    words = load_disguised_words()
    return [Edit(found.start(), found[0], words[found[0]]) for found in _disguised().finditer(text)]


@cache
def _disguised() -> re.Pattern[str]:
    return re.compile("|".join(load_disguised_words()))


def fix_split_words(text: str) -> list[Edit]:
    """Words that filters look for, with one mark inside: `贷-款`, `微 信`."""
    return [Edit(found.start(), found[0], found[0][0] + found[0][-1]) for found in _SPLIT.finditer(text)]
