"""Turns the choice of an engine into the functions that do the work: plain NumPy or compiled kernels."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from detector.compiled import notice_if_slow
from detector.dup import bands, bitmaps, containment, crowds, sketch, verify
from detector.dup.scheme import Scheme
from detector.dup.settings import Engine

# Below this many characters NumPy is done before the compiled kernels are loaded (about a second from the cache).
BREAK_EVEN_CHARS = 30_000_000


class Minhash(Protocol):
    """See `sketch.minhash`."""

    def __call__(
        self, codes: NDArray[np.uint16], offsets: NDArray[np.int64], scheme: Scheme, lengths: NDArray[np.int64], /
    ) -> NDArray[np.uint32]: ...


class Candidates(Protocol):
    """See `bands.candidates`."""

    def __call__(
        self,
        values: NDArray[np.uint16],
        rows: NDArray[np.int64],
        banding: bands.Banding,
        limits: bands.BucketLimits,
        settle: bands.Settle,
        /,
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]: ...


class Overlaps(Protocol):
    """See `verify.overlaps`."""

    def __call__(
        self,
        codes: NDArray[np.uint16],
        offsets: NDArray[np.int64],
        a: NDArray[np.int64],
        b: NDArray[np.int64],
        scheme: Scheme,
        /,
    ) -> verify.Overlap: ...


class Samples(Protocol):
    """See `containment.sample_batch`."""

    def __call__(
        self, codes: NDArray[np.uint16], offsets: NDArray[np.int64], scheme: Scheme, /
    ) -> tuple[NDArray[np.uint64], NDArray[np.int64]]: ...


class Bitmaps(Protocol):
    """See `bitmaps.bitmap_batch`."""

    def __call__(
        self, codes: NDArray[np.uint16], offsets: NDArray[np.int64], lengths: NDArray[np.int64], scheme: Scheme, /
    ) -> NDArray[np.uint64]: ...


class Unions(Protocol):
    """See `bitmaps.count_union`."""

    def __call__(self, maps: NDArray[np.uint64], a: NDArray[np.int64], b: NDArray[np.int64], /) -> NDArray[np.int64]: ...


class Attach(Protocol):
    """See `crowds.attach`."""

    def __call__(
        self, arrivals: crowds.Arrivals, leaders: crowds.Leaders, min_agree: int, threshold: float, /
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]: ...


class Kernels(NamedTuple):
    """The parts of the search that exist twice, with equal results."""

    minhash: Minhash
    candidates: Candidates
    overlaps: Overlaps
    samples: Samples
    posting_pairs: Callable[[NDArray[np.uint64], int, int], NDArray[np.uint64]]  # see `containment.posting_pairs`
    bitmaps: Bitmaps
    unions: Unions
    attach: Attach


PLAIN = Kernels(
    sketch.minhash,
    bands.candidates,
    verify.overlaps,
    containment.sample_batch,
    containment.posting_pairs,
    bitmaps.bitmap_batch,
    bitmaps.count_union,
    crowds.attach,
)


def choose_kernels(engine: Engine, n_chars: int, on_compile: Callable[[str], None] | None = None) -> Kernels:
    """The kernels for an input of `n_chars` characters; `auto` takes what is done first.

    Compiled kernels are loaded here, and `on_compile` (default: a line on standard error) is called where they have
    to be compiled first.
    """
    if engine == "numpy" or (engine == "auto" and n_chars < BREAK_EVEN_CHARS):
        return PLAIN
    with notice_if_slow("duplicates", on_compile):
        from detector.dup import fast

        kernels = Kernels(
            fast.minhash,
            fast.candidates,
            fast.overlaps,
            fast.sample_batch,
            fast.posting_pairs,
            fast.bitmap_batch,
            fast.count_union,
            fast.attach,
        )
        _warm_up(kernels)
    return kernels


def _warm_up(kernels: Kernels) -> None:
    """Run everything once on a few characters, so that no later call has to compile."""
    scheme = Scheme()
    codes, offsets = np.arange(1, 601, dtype=np.uint16), np.array([0, 300, 600], dtype=np.int64)
    values = kernels.minhash(codes, offsets, scheme, np.array([5, 5], dtype=np.int64))
    few, many = bands.BucketLimits(), bands.BucketLimits(all_pairs=1)
    rows, maps = np.arange(4), kernels.bitmaps(codes, offsets, np.array([5, 5]), scheme)
    sketches = np.repeat(bands.short_values(values), 2, axis=0)
    bits = kernels.unions(maps, np.arange(2), np.arange(2))

    def settle(members: NDArray[np.int64], crowd: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        arrivals = crowds.Arrivals(members, sketches[members].astype(np.uint8), maps[members // 2], bits[members // 2])
        return kernels.attach(arrivals, crowds.Leaders.of(4, scheme.slots), 71, 0.7)

    for limits in (few, many):
        kernels.candidates(sketches, rows, bands.choose_banding(0.7, scheme.slots), limits, settle)
    kernels.overlaps(codes, offsets, np.array([0]), np.array([1]), scheme)
    kernels.samples(codes, offsets, scheme)
    samples = np.arange(1 << 13, dtype=np.uint64) << np.uint64(40)
    kernels.posting_pairs(samples, 2, 64)
