"""Turns folded texts into hashes of their shingles with compiled loops: the same bits as `shingles`.

What makes these loops fast: views of equal length instead of index arithmetic, and every 32-bit product cast back.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from detector.compiled import compiled

Array = Any  # Numba infers the types; the callers in `fast` and `scan` are the typed interface

MIX_A = np.uint32(0x7FEB352D)
MIX_B = np.uint32(0x846CA68B)
SPREAD = np.uint64(0xD6E8FEB86659FD93)
S15, S16 = np.uint32(15), np.uint32(16)
L16, L32, L48 = np.uint64(16), np.uint64(32), np.uint64(48)
ONE = np.uint64(1)


@compiled
def mix32(h: Any) -> Any:
    """As `shingles.mix32`."""
    h = np.uint32(h ^ (h >> S16))
    h = np.uint32(h * MIX_A)
    h = np.uint32(h ^ (h >> S15))
    h = np.uint32(h * MIX_B)
    return np.uint32(h ^ (h >> S16))


@compiled
def spread64(h: Any) -> Any:
    """As `containment._spread`."""
    h = (h ^ (h >> L32)) * SPREAD
    return h ^ (h >> L32)


@compiled
def hash32(text: Array, k: int, m: Array, out: Array) -> None:
    """Fill `out` as `shingles.shingle_hashes32`; `m` is uint32."""
    n = len(out)
    if k == 5:
        m0, m1, m2, m3, m4, m5 = m[0], m[1], m[2], m[3], m[4], m[5]
        t0, t1, t2, t3, t4 = text[0:n], text[1 : n + 1], text[2 : n + 2], text[3 : n + 3], text[4 : n + 4]
        for j in range(n):
            h = np.uint32(m0 + np.uint32(m1 * np.uint32(t0[j])))
            h = np.uint32(h + np.uint32(m2 * np.uint32(t1[j])))
            h = np.uint32(h + np.uint32(m3 * np.uint32(t2[j])))
            h = np.uint32(h + np.uint32(m4 * np.uint32(t3[j])))
            h = np.uint32(h + np.uint32(m5 * np.uint32(t4[j])))
            out[j] = mix32(h)
        return
    for j in range(n):
        h = np.uint32(m[0])
        for i in range(k):
            h = np.uint32(h + np.uint32(m[i + 1] * np.uint32(text[j + i])))
        out[j] = mix32(h)


@compiled
def hash64(text: Array, k: int, m: Array, out: Array) -> None:
    """Fill `out` as `shingles.shingle_hashes64`; `m` is uint64."""
    n = len(out)
    if k == 5:
        m0, m1, m2 = m[0], m[1], m[2]
        t0, t1, t2, t3, t4 = text[0:n], text[1 : n + 1], text[2 : n + 2], text[3 : n + 3], text[4 : n + 4]
        for j in range(n):
            low = np.uint64(t0[j]) | np.uint64(t1[j]) << L16
            word = low | np.uint64(t2[j]) << L32 | np.uint64(t3[j]) << L48
            out[j] = m0 + m1 * word + m2 * np.uint64(t4[j]) | ONE
        return
    for j in range(n):
        h, word = m[0], np.uint64(0)
        for i in range(k):
            word |= np.uint64(text[j + i]) << np.uint64(16 * (i % 4))
            if i % 4 == 3 or i == k - 1:
                h += m[i // 4 + 1] * word
                word = np.uint64(0)
        out[j] = h | ONE


@compiled
def digest_text(text: Array) -> Any:
    """128 bits over a text as two words, four codes a step; not for use against an enemy."""
    n = len(text)
    whole = n // 4
    a = np.uint64(0x9E3779B97F4A7C15) ^ np.uint64(n)
    b = np.uint64(0xC2B2AE3D27D4EB4F) + np.uint64(n)
    for j in range(whole):
        quad = text[4 * j : 4 * j + 4]
        low = np.uint64(quad[0]) | np.uint64(quad[1]) << np.uint64(16)
        word = low | np.uint64(quad[2]) << np.uint64(32) | np.uint64(quad[3]) << np.uint64(48)
        a = (a ^ word) * np.uint64(0xBF58476D1CE4E5B9)
        a ^= a >> np.uint64(31)
        b = (b + word) * np.uint64(0x94D049BB133111EB)
        b ^= b >> np.uint64(29)
    for j in range(4 * whole, n):
        a = (a ^ np.uint64(text[j])) * np.uint64(0xBF58476D1CE4E5B9)
        a ^= a >> np.uint64(31)
        b = (b + np.uint64(text[j])) * np.uint64(0x94D049BB133111EB)
        b ^= b >> np.uint64(29)
    return a, b
