"""Turns candidate pairs into links, batch by batch in several threads; what is no link does not stay in memory."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from detector.template.align import Columns, measure_pairs, prepare
from detector.template.links import LINKED, TEXT_BASE, Links, Profiles, bits_of, promising, weigh

MANY_PAIRS: Final = 1 << 14  # measured at once by one thread: what they need stays in its cache
MAX_THREADS: Final = 8
Pairs = NDArray[np.int64]
_Part = TypeVar("_Part")
_Made = TypeVar("_Made")


def link_pairs(table: Columns, shapes: Profiles, batches: Iterable[Pairs]) -> Links:
    """The links among the pairs of all batches, in their order."""

    def linked(pairs: Pairs) -> Links:
        found = _promising(table, shapes, pairs)[1]
        return found.take(found.bits >= np.where(found.textual, TEXT_BASE, LINKED))

    found = [weigh(table, shapes, np.empty((0, 2), dtype=np.int64))]
    found += in_order(linked, (part for pairs in batches for part in _parts(pairs)))
    return Links(
        np.concatenate([links.pairs for links in found]),
        np.concatenate([links.bits for links in found]),
        np.concatenate([links.measures for links in found]),
        np.concatenate([links.shares for links in found]),
        np.concatenate([links.textual for links in found]),
    )


def bits_above(table: Columns, shapes: Profiles, pairs: Pairs, floor: float) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Bits of each pair, at least `floor`, and whether clauses gave them."""

    def weighed(part: Pairs) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        bits, textual = np.full(len(part), floor), np.zeros(len(part), dtype=np.bool_)
        some, found = _promising(table, shapes, part)
        bits[some] = np.maximum(found.bits, floor)
        textual[some] = found.textual
        return bits, textual

    found = list(in_order(weighed, _parts(pairs))) or [weighed(pairs)]
    return np.concatenate([bits for bits, _ in found]), np.concatenate([textual for _, textual in found])


def in_order(work: Callable[[_Part], _Made], parts: Iterable[_Part]) -> Iterator[_Made]:
    """What `work` makes of each part, in their order; few parts are under way at once."""
    threads = min(MAX_THREADS, os.cpu_count() or 1)
    waiting: deque[Future[_Made]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for part in parts:
            waiting.append(pool.submit(work, part))
            if len(waiting) > 2 * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _promising(table: Columns, shapes: Profiles, pairs: Pairs) -> tuple[NDArray[np.intp], Links]:
    """Places of the pairs that may be more than NEVER, and those pairs with their bits."""
    measures = measure_pairs(table, pairs)
    some = np.flatnonzero(promising(measures))
    return some, bits_of(measures[some], shapes, pairs[some])


def _parts(pairs: Pairs) -> Iterator[Pairs]:
    prepare(len(pairs))
    for start in range(0, len(pairs), MANY_PAIRS):
        yield pairs[start : start + MANY_PAIRS]
