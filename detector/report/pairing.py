"""Two runs of sentences to pairs that say nearly the same, in order."""

from __future__ import annotations

from collections.abc import Sequence

_MAX_CELLS = 10_000  # of the table: about 50 ms; longer runs are paired by place
_MIN_ALIKE = 0.4  # sentences less alike than this are no versions of each other

Pairing = list[tuple[int | None, int | None]]


def pair_up(old: Sequence[str], new: Sequence[str]) -> Pairing:
    """Pair sentences so that their likenesses add up to the most; None stands where one has no counterpart.

    >>> pair_up(["今天下小雨", "明天晴"], ["昨天刮风", "今天下大雨"])
    [(None, 0), (0, 1), (1, None)]
    """
    if not old or not new or len(old) * len(new) > _MAX_CELLS:
        return _by_place(len(old), len(new))
    alike = _likeness(old, new)
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in range(len(old) - 1, -1, -1):
        for k in range(len(new) - 1, -1, -1):
            best[i][k] = max(best[i + 1][k], best[i][k + 1], alike[i][k] + best[i + 1][k + 1])
    return _walk(alike, best)


def _walk(alike: list[list[float]], best: list[list[float]]) -> Pairing:
    """Read the pairing off the table; a sentence that goes stands before the one that comes."""
    pairs: Pairing = []
    i = k = 0
    rows, columns = len(alike), len(alike[0])
    while i < rows and k < columns:
        if alike[i][k] > 0 and best[i][k] == alike[i][k] + best[i + 1][k + 1]:
            pairs.append((i, k))
            i, k = i + 1, k + 1
        elif best[i][k] == best[i + 1][k]:
            pairs.append((i, None))
            i += 1
        else:
            pairs.append((None, k))
            k += 1
    return pairs + [(row, None) for row in range(i, rows)] + [(None, column) for column in range(k, columns)]


def _likeness(old: Sequence[str], new: Sequence[str]) -> list[list[float]]:
    """Dice coefficient of the character bigrams, 0 where it is too small to mean anything."""
    left, right = [_bigrams(text) for text in old], [_bigrams(text) for text in new]
    rows = [[2 * len(a & b) / (len(a) + len(b)) for b in right] for a in left]
    return [[value if value >= _MIN_ALIKE else 0.0 for value in row] for row in rows]


def _bigrams(text: str) -> frozenset[str]:
    return frozenset(text[i : i + 2] for i in range(max(1, len(text) - 1)))


def _by_place(old: int, new: int) -> Pairing:
    both = min(old, new)
    paired: Pairing = [(i, i) for i in range(both)]
    return paired + [(i, None) for i in range(both, old)] + [(None, k) for k in range(both, new)]
