"""Turns the words of a heading, or the opening of a sentence, into the role it plays."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.text.fold import fold_chars

OTHER: Final = "other"
FORMAL: Final = "formal"
_SPACED = re.compile(r"(?<![a-z0-9])\s+|\s+(?![a-z0-9])")
_TRAILING = re.compile(r"[\s?!。.:,;、()<>《》“”\"'〔〕…~*#-]+$")


@dataclass(frozen=True, slots=True)
class Roles:
    """The table of `roles.toml`: names by number (0 is `other`), words, and which roles stand in for each other."""

    names: tuple[str, ...]
    words: MappingProxyType[str, str]
    connectives: MappingProxyType[str, int]
    near: NDArray[np.uint8]  # uint8[roles + connectives, same]: 2 same, 1 near, 0 apart; row and column 0 are 0
    pattern: re.Pattern[str]
    opener: re.Pattern[str]


@cache
def roles() -> Roles:
    """The shipped table, read once; it is data of the package and never changes."""
    table = tomllib.loads((files(__package__) / "roles.toml").read_text(encoding="utf-8"))
    names = (OTHER, *table["words"])
    words = {fold_chars(word): name for name, listed in table["words"].items() for word in listed}
    connectives = {fold_chars(w): 1 + i for i, listed in enumerate(table["connectives"].values()) for w in listed}
    n_roles = len(names) + max(connectives.values())
    near = np.zeros((n_roles, n_roles), dtype=np.uint8)
    for group in table["near"]["groups"]:
        numbers = [names.index(name) for name in group]
        near[np.ix_(numbers, numbers)] = 1
    np.fill_diagonal(near, 2)
    near[range(len(names), n_roles), range(len(names), n_roles)] = 1  # a connective says little by itself
    near[0, 0] = 0
    near.setflags(write=False)
    return Roles(
        names,
        MappingProxyType(words),
        MappingProxyType(connectives),
        near,
        # A look-ahead at every place, longest word first: words may overlap.
        re.compile(f"(?=({'|'.join(_longest_first(words))}))"),
        re.compile(f"({'|'.join(_longest_first(connectives))})"),
    )


def role_of(heading: str) -> str:
    """The role of a heading whose text is folded by `fold_chars` and without its numbering.

    >>> role_of("智能手表的基本情况"), role_of("如何避免踩坑"), role_of("小编总结"), role_of("红烧肉")
    ('overview', 'measures', 'summary', 'other')
    """
    table = roles()
    text = _TRAILING.sub("", heading)
    text = _SPACED.sub("", text)  # statutes space their short headings out
    best = (-1, 0)
    role = OTHER
    for match in table.pattern.finditer(text):
        word = match.group(1)
        key = (match.start() + len(word), len(word))
        if key > best:
            best, role = key, table.words[word]
    return role


def opening(sentence: str) -> tuple[int, int]:
    """The number of the connective that opens a folded sentence, and where it ends; 0, 0 where none does."""
    table = roles()
    match = table.opener.match(sentence)
    return (table.connectives[match.group(1)], match.end()) if match else (0, 0)


def connective_role(connective: int) -> int:
    """The role number of an opener with this connective: those of headings come first; 0 for none."""
    return len(roles().names) + connective - 1 if connective else 0


def connective_of(sentence: str) -> int:
    """The number of the connective that opens a folded sentence; 0 where none does."""
    table = roles()
    match = table.opener.match(sentence)
    return table.connectives[match.group(1)] if match else 0


def role_number(role: str) -> int:
    """The number of a role in `roles().names`; that of `other` where the table does not know it."""
    names = roles().names
    return names.index(role) if role in names else 0


def _longest_first(words: object) -> list[str]:
    return sorted((re.escape(w) for w in words), key=lambda w: (-len(w), w))  # type: ignore[attr-defined]
