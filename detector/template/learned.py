"""Turns the headings of a corpus into roles that the table of words does not know: forms that stand above like sections.

Two heading forms play the same role where the sections below them are written in the same words in many documents, and
no document needs both (distributional classes; Harris 1954). All that is needed of a section is its sketch, so that
rows are enough. Classes grow from frequent forms by mutual best likeness.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.template.features import OPENER, SECTION_SLOTS
from detector.template.roles import FORMAL, role_number, roles

MIN_HOLDERS: Final = 3  # documents that hold a form whose profile can be compared
MAX_FORMS: Final = 1024  # the most frequent ones; bounds the cost for any corpus
MIN_CLASS: Final = 12  # documents that hold a class
MAX_CLASSES: Final = 192
# Chosen on bench/templates.py (seed 7) and two topics of bench/template_grammar.py, strong disguise, among real texts:
# 0.99 of the pairs of headings in one role were right. Looser values merge statutes' chapters.
SAME_PROFILE: Final = 0.3  # likeness of two classes that are one
MIN_SHARE: Final = 0.015  # of a section that two sections have in common, on the average
MIN_COMMON: Final = 1.0  # sections' worth of words that all pairs of sections have in common: less is chance
INNER_SHARE: Final = 0.2  # what two sections of one form usually share
PRIOR_PAIRS: Final = 6.0  # pairs of sections that this counts as
TOGETHER: Final = 0.1  # share of the rarer form's documents that may hold both: what stands side by side is not the same
BACKGROUND: Final = 500.0  # headings: keeps the weights of a small corpus level
_VALUES: Final = 256
_CELLS: Final = SECTION_SLOTS * _VALUES
_STEPS: Final = 16  # weights are integers in 1/16 bits, so that sums do not depend on their order

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(slots=True)
class _Forms:
    """Frequent forms on their way to classes, most frequent first."""

    holders: Ints  # documents that hold it
    role: Ints  # of the table, 0 for none
    of: Ints  # the form of each heading, -1 for none
    sections: Ints  # headings of it with a telling sketch
    profiles: Floats  # float64[forms, cells]: how often each cell stands below it
    together: Floats  # float64[forms, forms]: documents that hold both


def learned_roles(headings: NDArray[np.void], offsets: Ints) -> tuple[NDArray[np.uint16], NDArray[np.uint8]]:
    """The role of each heading, uint16[headings], and which roles stand in for each other, uint8[roles, roles].

    A heading takes the role that the corpus taught, numbered from where those of the table end; else that of the table.
    `headings` are those of many rows end to end, `offsets` as in `align.Columns`; the order of the rows
    changes nothing.
    """
    role = headings["role"].astype(np.int64)
    owners = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    headed = np.flatnonzero((headings["style"] != OPENER) & (role != role_number(FORMAL)))
    cells, telling = _cells(headings[headed], owners[headed])
    forms = _forms(_keys(headings[headed]), role[headed], owners[headed], cells, telling)
    if not len(forms.holders):
        return role.astype(np.uint16), roles().near
    seen = np.bincount(cells[cells % _VALUES > 0], minlength=_CELLS)
    weights = np.rint(_STEPS * np.log2((len(headed) + BACKGROUND) / (seen + 1.0)))
    names, near = _names(forms, *_grow(forms, weights))
    found = np.where(forms.of >= 0, names[forms.of], 0)
    role[headed] = np.where(found > 0, found, role[headed])
    return role.astype(np.uint16), near


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
        np.bincount(of[inside & telling.any(axis=1)], minlength=n),
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


def _grow(forms: _Forms, weights: Floats) -> tuple[Ints, NDArray[np.bool_]]:
    """The class of each form: forms that are each other's most alike are one, until none are any more.

    The second result says of each two classes, in order, whether they stand side by side in documents. Products of
    profiles and documents in common are sums over the forms of a class, so that a class is added up from its parts.
    They are sums of whole numbers, hence exact.
    """
    of = np.arange(len(forms.holders))
    dots = (forms.profiles * weights) @ forms.profiles.T
    own = (forms.profiles * weights).sum(axis=1)  # of each section with itself
    together, holders = forms.together.copy(), forms.holders.astype(np.float64)
    sections = forms.sections.astype(np.float64)
    usual = max(1.0, own.sum() / max(1.0, sections.sum()))
    while True:
        kept = np.unique(of)
        grid = np.ix_(kept, kept)
        beside = together[grid]
        barred = beside > TOGETHER * np.minimum(holders[kept][:, None], holders[kept])
        likeness = _likeness(dots[grid] / usual, own[kept] / usual, sections[kept], beside)
        likeness[barred | np.eye(len(kept), dtype=np.bool_)] = 0.0
        best, one = likeness.argmax(axis=1), np.arange(len(kept))
        pairs = np.flatnonzero((best[best] == one) & (one < best) & (likeness[one, best] >= SAME_PROFILE))
        if not len(pairs):
            return of, barred
        for a, b in zip(kept[pairs], kept[best[pairs]], strict=True):
            of[of == b] = a
            for sums in (holders, sections, own):
                sums[a] += sums[b]
            for table in (dots, together):
                table[a] += table[b]
                table[:, a] += table[:, b]


def _likeness(dots: Floats, own: Floats, sections: Floats, beside: Floats) -> Floats:
    """What two sections of two classes share, over what two sections of one class share.

    Both beyond what sections share that stand side by side, for those play different roles: in statutes all sections
    are alike. Means over pairs of sections, none with itself, so that few sections give no smaller value than many; what
    few sections share among themselves is drawn towards INNER_SHARE.
    """
    between = dots / np.maximum(sections[:, None] * sections, 1.0)
    inner = np.diag(dots) - own + PRIOR_PAIRS * INNER_SHARE
    inner /= sections * (sections - 1.0) + PRIOR_PAIRS
    genre = (between * beside).sum(axis=1) / np.maximum(beside.sum(axis=1), 1.0)
    beyond = between - np.maximum(genre[:, None], genre)
    inner = np.maximum(inner - genre, MIN_SHARE)
    enough = (beyond >= MIN_SHARE) & (dots >= MIN_COMMON)
    likeness = np.where(enough, beyond / np.sqrt(inner[:, None] * inner), 0.0)
    return np.asarray(np.rint(likeness * 1e6) / 1e6)


def _names(forms: _Forms, classes: Ints, barred: NDArray[np.bool_]) -> tuple[Ints, NDArray[np.uint8]]:
    """The learned role of each form, 0 in a class of few documents; and `roles().near` with rows for those roles.

    Two learned roles that the table calls alike are near, 1, where they stand side by side in documents.
    """
    first = len(roles().near)
    names = np.zeros(len(classes), dtype=np.int64)
    called, kept = list(range(first)), np.unique(classes)
    holders = np.bincount(classes, weights=forms.holders, minlength=len(classes))
    named = [c for c in sorted(kept.tolist(), key=lambda c: (-holders[c], c)) if holders[c] >= MIN_CLASS][:MAX_CLASSES]
    for c in named:
        names[classes == c] = len(called)
        votes = np.bincount(forms.role[classes == c], weights=forms.holders[classes == c])
        called.append(int(votes.argmax()))
    near: NDArray[np.uint8] = roles().near[np.ix_(called, called)].copy()
    place = np.searchsorted(kept, named)
    near[first:, first:] -= barred[np.ix_(place, place)] & (near[first:, first:] == 2)
    near[range(first, len(called)), range(first, len(called))] = 2
    return names, near
