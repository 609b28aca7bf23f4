"""Turns `導(dǎo)語(yǔ)` into `導語`: takes out pinyin glosses that a tool has put behind Traditional characters."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from detector.text.charmodel import HANT, codes_of, load_model
from detector.text.edits import Edit

# Syllables are short; ü is also written v, and tone marks may be combining ones.
SYLLABLE = r"[a-zA-Zāáǎàēéěèīíǐìōóǒòūúǔùüǖǘǚǜńňǹḿê\u0300\u0301\u0304\u0308\u030c]{1,8}"
_GLOSS = re.compile(rf"[(（](?P<syllable>{SYLLABLE})[)）]")
_IS_HAN = re.compile("[\u3400-\u9fff]")

MANY = 5  # so many glosses are judged together, fewer one by one
MIN_HANT_SHARE = 0.8  # the tool glosses Traditional characters only; lessons gloss every character
MIN_COMMON_SHARE = 0.6  # the tool glosses the commonest characters; people gloss rare ones
MIN_GLOSSED_SHARE = 0.8  # the tool glosses every occurrence; people gloss the first
COMMON_COST = 10.0  # nats: about the 2,200 commonest characters


@dataclass(frozen=True, slots=True)
class Readings:
    """Of each character its first reading and its other ones, with and without tone."""

    first: Mapping[str, str]
    others: Mapping[str, frozenset[str]]

    def reads(self, char: str, syllable: str) -> bool:
        return syllable == self.first.get(char) or syllable in self.others.get(char, ())

    def resembles(self, char: str, syllable: str) -> bool:
        """Whether `syllable` reads `char` but for its tone."""
        plain = without_tone(syllable)
        own = (self.first.get(char, ""), *self.others.get(char, ()))
        return any(without_tone(reading) == plain for reading in own)


@dataclass(frozen=True, slots=True)
class _Gloss:
    start: int  # of its bracket
    text: str
    char: str
    syllable: str
    valid: bool
    hant: bool
    common: bool


def without_tone(syllable: str) -> str:
    decomposed = unicodedata.normalize("NFD", syllable)
    return "".join(c for c in decomposed if c not in "\u0300\u0301\u0304\u030c")


def normal_syllable(syllable: str) -> str:
    return unicodedata.normalize("NFC", syllable.lower()).replace("v", "ü")


@cache
def load_readings() -> Readings:
    """The readings that are shipped, loaded once."""
    first: dict[str, str] = {}
    others: dict[str, set[str]] = {}
    for row in (files("detector.text") / "readings.txt").read_text(encoding="utf-8").splitlines():
        if row.startswith("#"):
            continue
        syllable, chars, more = row.split("\t")
        first.update(dict.fromkeys(chars, syllable))
        for char in more:
            others.setdefault(char, set()).add(syllable)
    return Readings(first, {char: frozenset(syllables) for char, syllables in others.items()})


def fix_gloss(text: str) -> list[Edit]:
    """The glosses to take out: all that a tool has put in, none that a person wrote to teach a character."""
    glosses = [_gloss(text, found) for found in _GLOSS.finditer(text) if _IS_HAN.match(text, found.start() - 1)]
    valid = [gloss for gloss in glosses if gloss.valid and gloss.hant]
    if not valid:
        return []
    occurrences = np.bincount(codes_of(text), minlength=0x10000)
    glossed = Counter(gloss.char for gloss in glosses if gloss.valid)
    share = {char: n / int(occurrences[ord(char)]) for char, n in glossed.items()}
    chosen = _of_many(glosses, valid, share, occurrences) if len(valid) >= MANY else _of_few(glosses, share)
    return [Edit(gloss.start, gloss.text, "") for gloss in chosen]


def _gloss(text: str, found: re.Match[str]) -> _Gloss:
    char, syllable = text[found.start() - 1], normal_syllable(found["syllable"])
    model = load_model()
    code = ord(char)
    return _Gloss(
        start=found.start(),
        text=found[0],
        char=char,
        syllable=syllable,
        valid=load_readings().reads(char, syllable),
        hant=bool(model.scripts[code] == HANT),
        common=bool(model.unigram[model.classes[code]] < COMMON_COST),
    )


def _of_many(glosses: list[_Gloss], valid: list[_Gloss], share: Mapping[str, float], occurrences: np.ndarray) -> list[_Gloss]:
    chars = {gloss.char for gloss in valid}
    n_occurrences = sum(int(occurrences[ord(char)]) for char in chars)
    made_by_tool = (
        len(valid) >= MIN_HANT_SHARE * len(glosses)
        and sum(gloss.common for gloss in valid) >= MIN_COMMON_SHARE * len(valid)
        and len(valid) >= MIN_GLOSSED_SHARE * n_occurrences
    )
    if not made_by_tool:
        return []
    readings = load_readings()
    return [
        gloss
        for gloss in glosses
        if (gloss.valid and (gloss.hant or share[gloss.char] == 1.0))
        or (gloss.hant and readings.resembles(gloss.char, gloss.syllable))
    ]


def _of_few(glosses: list[_Gloss], share: Mapping[str, float]) -> list[_Gloss]:
    """Few glosses are the tool's only where all are what a teacher has no reason to write."""
    first = load_readings().first
    needless = all(
        gloss.hant and gloss.common and first.get(gloss.char) == gloss.syllable and share[gloss.char] == 1.0
        for gloss in glosses
    )
    return glosses if needless else []
