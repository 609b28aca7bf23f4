"""Turns the headings of a corpus into roles that the table of words does not know: forms that stand above like sections.

Two heading forms play the same role where the sections below them are written in the same words in many documents, and
no document needs both (distributional classes; Harris 1954). All that is needed of a section is its sketch, so that
rows are enough. Classes grow from frequent forms by mutual best likeness; a rarer form, and a heading of no form, joins
the class under which its sketch is likelier than under any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.template.features import OPENER, SECTION_SLOTS
from detector.template.roles import FORMAL, role_number, roles

MIN_HOLDERS: Final = 6  # documents that hold a form whose profile can be compared
MAX_FORMS: Final = 1024  # the most frequent ones; bounds the cost for any corpus
MIN_CLASS: Final = 12  # documents that hold a class
MAX_CLASSES: Final = 192
SAME_PROFILE: Final = 0.32  # cosine of two profiles; of forms with other roles, 999 of 1000 pairs stay below
TOGETHER: Final = 0.1  # share of the rarer form's documents that may hold both: what stands side by side is not the same
JOIN_BITS: Final = 8.0  # for a class, of the sketches below a rarer form or of one section
MARGIN_BITS: Final = 3.0  # above the second class
BACKGROUND: Final = 500.0  # headings: keeps the weights of a small corpus level
SMOOTHING: Final = 8.0  # values of the background that each slot of a class is mixed with
_VALUES: Final = 256
_CELLS: Final = SECTION_SLOTS * _VALUES
_STEPS: Final = 16  # weights are integers in 1/16 bits, so that sums do not depend on their order
_CHUNK: Final = 1 << 13

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(slots=True)
class _Forms:
    """Frequent forms on their way to classes, most frequent first."""

    holders: Ints  # documents that hold it
    role: Ints  # of the table, 0 for none
    of: Ints  # the form of each heading, -1 for none
    profiles: Floats  # float64[forms, cells]: how often each cell stands below it
    together: Floats  # float64[forms, forms]: documents that hold both


def learned_roles(headings: NDArray[np.void], offsets: Ints) -> NDArray[np.uint16]:
    """The role of each heading: that of the table where it has one, else a learned one, else 0; uint16[headings].

    `headings` are those of many rows end to end, `offsets` as in `align.Columns`. Learned roles are numbered from where
    those of the table end. The order of the rows changes nothing.
    """
    role = headings["role"].astype(np.int64)
    owners = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    headed = np.flatnonzero((headings["style"] != OPENER) & (role != role_number(FORMAL)))
    cells, telling = _cells(headings[headed], owners[headed])
    key = _keys(headings[headed])
    forms = _forms(key, role[headed], owners[headed], cells, telling)
    if not len(forms.holders):
        return role.astype(np.uint16)
    seen = np.bincount(cells[cells % _VALUES > 0], minlength=_CELLS)
    weights = np.rint(_STEPS * np.log2((len(headed) + BACKGROUND) / (seen + 1.0)))
    classes = _grow(forms, weights)
    named = _names(forms, classes)
    found = np.where(forms.of >= 0, named[forms.of], 0)
    found = np.where(role[headed] > 0, role[headed], found)
    _join(found, key, forms, named, cells, telling, seen)
    role[headed] = found
    return role.astype(np.uint16)


def _keys(headings: NDArray[np.void]) -> Ints:
    """What makes a form: the words after (or before) the name, or all words of a heading without a name."""
    words = headings["words"].astype(np.int64) | np.int64(1) << np.int64(33)
    return np.where(headings["tail"] > 0, headings["tail"].astype(np.int64), words)


def _cells(headings: NDArray[np.void], owners: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """Slot and value of each byte of each sketch in one number, and whether no other section of the document has it.

    What several sections of a document share is its topic and says nothing about the role of one.
    """
    values = np.ascontiguousarray(headings["body"]).view(np.uint8).reshape(-1, SECTION_SLOTS).astype(np.int64)
    cells = values + _VALUES * np.arange(SECTION_SLOTS)
    _, inverse, counts = np.unique(owners[:, None] * _CELLS + cells, return_inverse=True, return_counts=True)
    return cells, (counts[inverse.reshape(cells.shape)] == 1) & (values > 0)


def _forms(key: Ints, role: Ints, owners: Ints, cells: Ints, telling: NDArray[np.bool_]) -> _Forms:
    held = np.unique(np.stack([key, owners], axis=1), axis=0)
    keys, holders = np.unique(held[:, 0], return_counts=True) if len(held) else (key, key)
    order = np.lexsort((keys, -holders))
    order = np.sort(order[holders[order] >= MIN_HOLDERS][:MAX_FORMS])
    keys, holders = keys[order], holders[order]
    n = len(keys)
    of = np.full(len(key), -1, dtype=np.int64)
    if n:
        place = np.minimum(np.searchsorted(keys, key), n - 1)
        of = np.where(keys[place] == key, place, -1)
    inside = of >= 0
    profiles = np.bincount((of[:, None] * _CELLS + cells)[telling & inside[:, None]], minlength=n * _CELLS)
    votes = np.bincount(of[inside] * len(roles().near) + role[inside], minlength=n * len(roles().near))
    return _Forms(
        holders.astype(np.int64),
        votes.reshape(n, -1).argmax(axis=1) if n else np.empty(0, dtype=np.int64),
        of,
        profiles.reshape(n, _CELLS).astype(np.float64),
        _together(of[inside], owners[inside], n),
    )


def _together(of: Ints, owners: Ints, n: int) -> Floats:
    """Documents that hold both of two forms: float64[n, n]."""
    both = np.zeros((n, n))
    form, document = np.unique(np.stack([owners, of], axis=1), axis=0).T[::-1]
    for gap in range(1, int(np.bincount(document).max(initial=0))):
        same = document[gap:] == document[:-gap]
        np.add.at(both, (form[:-gap][same], form[gap:][same]), 1.0)
    return both + both.T


def _grow(forms: _Forms, weights: Floats) -> Ints:
    """The class of each form: forms that are each other's most alike are one, until none are any more.

    Products of profiles and documents in common are sums over the forms of a class, so that a class is added up from
    its parts. They are sums of whole numbers, hence exact.
    """
    of = np.arange(len(forms.holders))
    dots = (forms.profiles * weights) @ forms.profiles.T
    together, holders, role = forms.together.copy(), forms.holders.astype(np.float64), forms.role.copy()
    while True:
        kept = np.unique(of)
        best, likeness = _most_alike(dots[np.ix_(kept, kept)], together[np.ix_(kept, kept)], holders[kept], role[kept])
        one = np.arange(len(kept))
        pairs = np.flatnonzero((best[best] == one) & (one < best) & (likeness >= SAME_PROFILE))
        if not len(pairs):
            return of
        for a, b in zip(kept[pairs], kept[best[pairs]], strict=True):
            of[of == b] = a
            holders[a] += holders[b]
            role[a] = max(role[a], role[b])
            for table in (dots, together):
                table[a] += table[b]
                table[:, a] += table[:, b]


def _most_alike(dots: Floats, together: Floats, holders: Floats, role: Ints) -> tuple[Ints, Floats]:
    """For each class the class of the most similar profile that may play the same role, and the cosine of the two."""
    norms = np.sqrt(np.maximum(np.diag(dots), 1.0))
    likeness = np.rint(dots / (norms[:, None] * norms) * 1e6) / 1e6
    apart = together > TOGETHER * np.minimum(holders[:, None], holders)
    other = (role[:, None] != role) & (role[:, None] > 0) & (role > 0)
    likeness[apart | other | np.eye(len(dots), dtype=np.bool_)] = 0.0
    best = likeness.argmax(axis=1)
    return best, likeness[np.arange(len(dots)), best]


def _names(forms: _Forms, classes: Ints) -> Ints:
    """The role of each form: that of the table in its class, else a number of the class; 0 in a class of few documents."""
    names = np.zeros(len(classes), dtype=np.int64)
    of_class = [(int(forms.holders[classes == c].sum()), int(c)) for c in np.unique(classes)]
    number = len(roles().near)
    for holders, c in sorted(of_class, key=lambda item: (-item[0], item[1])):
        known = int(forms.role[classes == c].max())
        if known or (holders >= MIN_CLASS and number < len(roles().near) + MAX_CLASSES):
            names[classes == c] = known or number
            number += not known
    return names


def _join(found: Ints, key: Ints, forms: _Forms, named: Ints, cells: Ints, telling: NDArray[np.bool_], seen: Ints) -> None:
    """Give headings without a role that of the class below which their sections are most at home (naive Bayes)."""
    names = np.unique(named[named > 0])
    left = np.flatnonzero((found == 0) & telling.any(axis=1))
    if not len(names) or not len(left):
        return
    slots = np.stack([forms.profiles[named == name].sum(axis=0) for name in names]).reshape(len(names), SECTION_SLOTS, _VALUES)
    usual = (seen.reshape(SECTION_SLOTS, _VALUES) + 1.0) / (seen.reshape(SECTION_SLOTS, _VALUES).sum(axis=1) + _VALUES)[:, None]
    likely = (slots + SMOOTHING * usual) / (slots.sum(axis=2, keepdims=True) + SMOOTHING)
    bits = np.rint(_STEPS * np.log2(likely / usual)).astype(np.int64).reshape(len(names), _CELLS).T
    _, group, sizes = np.unique(key[left], return_inverse=True, return_counts=True)
    total = np.zeros((len(sizes), len(names)), dtype=np.int64)
    for start in range(0, len(left), _CHUNK):
        part = left[start : start + _CHUNK]
        own = (bits[cells[part]] * telling[part][:, :, None]).sum(axis=1)
        np.add.at(total, group[start : start + _CHUNK], own)
    best = total.argmax(axis=1)
    first = total[np.arange(len(total)), best]
    second = np.partition(total, -2, axis=1)[:, -2] if len(names) > 1 else np.zeros_like(first)
    sure = (first >= JOIN_BITS * _STEPS) & (first - second >= MARGIN_BITS * _STEPS)
    found[left] = np.where(sure, names[best], 0)[group]
