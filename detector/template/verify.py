"""Turns candidate pairs into links: what cannot reach the bits that are wanted falls by bounds, the rest is aligned.

The bounds are the formulas of `links.py` on measures that no alignment can exceed, so that nothing is lost by them.
Batches are measured by several threads, and put together in their order.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.template.align import Columns, align_clauses, bound_pairs, compiled_for
from detector.template.links import LINKED, TEXT_BASE, Links, Profiles, bits_of, weigh

MANY_PAIRS: Final = 1 << 14  # measured at once by one thread: what they need stays in its cache
MAX_THREADS: Final = 8
Pairs = NDArray[np.int64]


def link_pairs(table: Columns, shapes: Profiles, batches: Iterable[Pairs]) -> Links:
    """The links among the pairs of all batches, in their order; only some batches are in memory at once."""

    def linked(pairs: Pairs) -> Links:
        found = weigh_above(table, shapes, pairs, min(LINKED, TEXT_BASE))
        return found.take(found.bits >= np.where(found.textual, TEXT_BASE, LINKED))

    return _joined(list(_in_order(linked, (part for pairs in batches for part in _parts(pairs)))), table, shapes)


def weigh_many(table: Columns, shapes: Profiles, pairs: Pairs, floor: float) -> Links:
    """All `pairs` in their order, none with less than `floor` bits; what such pairs share is not counted to the end."""

    def weighed(part: Pairs) -> Links:
        found = weigh_above(table, shapes, part, floor)
        return replace(found, bits=np.maximum(found.bits, floor), textual=found.textual & (found.bits >= floor))

    return _joined(list(_in_order(weighed, _parts(pairs))), table, shapes)


def weigh_above(table: Columns, shapes: Profiles, pairs: Pairs, floor: float) -> Links:
    """One batch: exact from `floor` bits on, and bounds that are below `floor`, too, for the others."""
    if not compiled_for(len(pairs)):
        return weigh(table, shapes, pairs)
    bounds = bound_pairs(table, pairs)
    hopes = bits_of(bounds, shapes, pairs)
    rest = np.flatnonzero(hopes.bits >= floor)
    exact = bits_of(align_clauses(table, pairs[rest], bounds[rest]), shapes, pairs[rest])
    for whole, part in (
        (hopes.bits, exact.bits),
        (hopes.measures, exact.measures),
        (hopes.shares, exact.shares),
        (hopes.textual, exact.textual),
    ):
        whole[rest] = part
    return hopes


def _parts(pairs: Pairs) -> Iterator[Pairs]:
    for start in range(0, len(pairs), MANY_PAIRS):
        yield pairs[start : start + MANY_PAIRS]


def _in_order(work: Callable[[Pairs], Links], parts: Iterable[Pairs]) -> Iterator[Links]:
    """What `work` makes of each part, in their order; a part or two more than there are threads are under way."""
    threads = min(MAX_THREADS, os.cpu_count() or 1)
    waiting: deque[Future[Links]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for part in parts:
            waiting.append(pool.submit(work, part))
            if len(waiting) > 2 * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _joined(found: list[Links], table: Columns, shapes: Profiles) -> Links:
    if not found:
        return weigh(table, shapes, np.empty((0, 2), dtype=np.int64))
    return Links(
        np.concatenate([links.pairs for links in found]),
        np.concatenate([links.bits for links in found]),
        np.concatenate([links.measures for links in found]),
        np.concatenate([links.shares for links in found]),
        np.concatenate([links.textual for links in found]),
    )
