"""Turns folded texts into the hashes of their shingles; the plain NumPy form that the kernels must equal."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Finalizer of 32 bits with low bias (C. Wellons, "Prospecting for hash functions", public domain).
MIX_A = 0x7FEB352D
MIX_B = 0x846CA68B
GOLDEN = 0x9E3779B9


def mix32(h: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Spread every bit of each hash over all of its 32 bits (a bijection)."""
    h = h ^ (h >> np.uint32(16))
    h = h * np.uint32(MIX_A)
    h = h ^ (h >> np.uint32(15))
    h = h * np.uint32(MIX_B)
    return h ^ (h >> np.uint32(16))


def shingle_hashes32(codes: NDArray[np.uint16], k: int, multipliers: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """uint32[max(0, len(codes) - k + 1)]: mixed multilinear hash of the shingle that starts at each position."""
    n = max(0, len(codes) - k + 1)
    words = codes.astype(np.uint32)
    coefficients = multipliers.astype(np.uint32)  # the low halves
    h = np.full(n, coefficients[0], dtype=np.uint32)
    for i in range(k if n else 0):
        h += coefficients[i + 1] * words[i : i + n]
    return mix32(h)


def shingle_hashes64(codes: NDArray[np.uint16], k: int, multipliers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """uint64[max(0, len(codes) - k + 1)]: hash that stands for the shingle itself where sets are compared.

    Multilinear over words of four codes. Two shingles that differ collide with probability at most 2**-47.
    """
    n = max(0, len(codes) - k + 1)
    h = np.full(n, multipliers[0], dtype=np.uint64)
    for first in range(0, k if n else 0, 4):
        word = np.zeros(n, dtype=np.uint64)
        for i in range(first, min(first + 4, k)):
            word |= codes[i : i + n].astype(np.uint64) << np.uint64(16 * (i % 4))
        h += multipliers[first // 4 + 1] * word
    return h | np.uint64(1)  # never 0, which marks a free place in the table of the kernels


def shingle_set(codes: NDArray[np.uint16], k: int, multipliers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The distinct shingles of a text, sorted."""
    return np.unique(shingle_hashes64(codes, k, multipliers))
