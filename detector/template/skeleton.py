"""Lays the headings or clauses of a family's members over each other in columns: what its skeleton is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from detector.template.roles import FORMAL, OTHER, role_number, roles
from detector.text.fold import fold_chars

REQUIRED_SHARE: Final = 0.75  # a column that fewer members hold is optional
COLUMN_SHARE: Final = 0.3  # one that fewer hold is no part of the skeleton


@dataclass(frozen=True, slots=True)
class Unit:
    """One heading or clause of a member: `key` with names and numbers masked, `shown` with named slots."""

    key: str
    shown: str
    role: str = OTHER
    level: int = 0

    @property
    def tail(self) -> str:
        return self.key.rpartition("〔")[2].removeprefix("的")[-4:]


@dataclass(slots=True)
class Column:
    """Units of different members that fill one place, by member."""

    units: dict[int, Unit] = field(default_factory=dict)

    def likeness(self, unit: Unit) -> int:
        return max(likeness(unit, other) for other in dict.fromkeys(self.units.values()))


def likeness(a: Unit, b: Unit) -> int:
    """Similarity of two headings in hundredths, by words, tail and role; 0 across top level and below."""
    if (a.level == 1) != (b.level == 1):
        return 0
    if a.key == b.key:
        return 100
    same = a.role == b.role and a.role not in (OTHER, FORMAL)
    if same and len(a.tail) > 1 and a.tail == b.tail:
        return 80
    pairs_a, pairs_b = _pairs(a.key), _pairs(b.key)
    if pairs_a and 2 * len(pairs_a & pairs_b) >= len(pairs_a | pairs_b):
        return 70
    if same:
        return 60 if a.level == 1 else 0
    near = roles().near[role_number(a.role), role_number(b.role)]
    return 35 if near and a.level == 1 else 0


def lay(members: Sequence[Sequence[Unit]]) -> list[Column]:
    """Columns of headings in order, each member's units in its own order (progressive alignment)."""
    columns: list[Column] = []
    for number, units in enumerate(members):
        matched = _align(columns, units)
        merged: list[Column] = []
        taken = 0
        for i, unit in enumerate(units):
            j = matched[i]
            if j is None:
                merged.append(Column({number: unit}))
                continue
            merged += columns[taken:j]
            columns[j].units[number] = unit
            merged.append(columns[j])
            taken = j + 1
        columns = merged + columns[taken:]
    return columns


def supported(columns: Sequence[Column], n_members: int) -> list[Column]:
    """Columns that enough members hold."""
    least = max(2, COLUMN_SHARE * n_members)
    return [column for column in columns if len(column.units) >= least]


def frequent(members: Sequence[Sequence[Unit]]) -> list[Column]:
    """Columns of clauses: masked clauses that enough members hold, by their mean place in the text."""
    columns: dict[str, Column] = {}
    places: dict[str, list[float]] = {}
    for number, units in enumerate(members):
        for i, unit in enumerate(units):
            column = columns.setdefault(unit.key, Column())
            if number not in column.units:
                column.units[number] = unit
                places.setdefault(unit.key, []).append(i / len(units))
    held = {key: sum(at) / len(at) for key, at in places.items()}
    kept = [key for key in columns if len(columns[key].units) >= max(2, COLUMN_SHARE * len(members))]
    return [columns[key] for key in sorted(kept, key=lambda key: (held[key], key))]


def commonest(texts: Sequence[str]) -> str:
    """The most frequent text, the shortest and first of those."""
    counts = Counter(map(fold_chars, texts))
    return min(texts, key=lambda text: (-counts[fold_chars(text)], len(text), text))


def _pairs(key: str) -> frozenset[str]:
    return frozenset(key[i : i + 2] for i in range(len(key) - 1) if "〔" not in key[i : i + 2])


def _align(columns: Sequence[Column], units: Sequence[Unit]) -> list[int | None]:
    """For each unit the column that it joins, in order (longest common subsequence by likeness)."""
    n, m = len(units), len(columns)
    like = [[column.likeness(unit) for column in columns] for unit in units]
    best = [[0] * (m + 1) for _ in range(n + 1)]
    for i in range(n - 1, -1, -1):
        for j in range(m - 1, -1, -1):
            best[i][j] = max(best[i + 1][j], best[i][j + 1])
            if like[i][j]:
                best[i][j] = max(best[i][j], best[i + 1][j + 1] + like[i][j])
    matched: list[int | None] = [None] * n
    i = j = 0
    while i < n and j < m:
        if like[i][j] and best[i][j] == best[i + 1][j + 1] + like[i][j]:
            matched[i] = j
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return matched
