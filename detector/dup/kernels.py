"""Turns folded codes into sketches, candidates and overlaps with compiled loops: the same bits as the NumPy forms.

What makes these loops fast: views of equal length instead of index arithmetic, every 32-bit product cast back,
minima without branches, and scratch arrays that are allocated once a call.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from detector.dup.jit import compiled

Array = Any  # Numba infers the types; the callers in `fast` are the typed interface

EMPTY = np.uint32(0xFFFFFFFF)
MIX_A = np.uint32(0x7FEB352D)
MIX_B = np.uint32(0x846CA68B)
GOLDEN = np.uint32(0x9E3779B9)
SPREAD = np.uint64(0xD6E8FEB86659FD93)
FIBONACCI = np.uint64(0x9E3779B97F4A7C15)
S15, S16 = np.uint32(15), np.uint32(16)
L32 = np.uint64(32)
ONE = np.uint64(1)


@compiled
def _mix32(h: Any) -> Any:
    h = np.uint32(h ^ (h >> S16))
    h = np.uint32(h * MIX_A)
    h = np.uint32(h ^ (h >> S15))
    h = np.uint32(h * MIX_B)
    return np.uint32(h ^ (h >> S16))


@compiled
def _hash32(text: Array, k: int, m: Array, out: Array) -> None:
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
            out[j] = _mix32(h)
        return
    for j in range(n):
        h = np.uint32(m[0])
        for i in range(k):
            h = np.uint32(h + np.uint32(m[i + 1] * np.uint32(text[j + i])))
        out[j] = _mix32(h)


@compiled
def minhash_rows(codes: Array, offsets: Array, lengths: Array, m: Array, shift: int, values: Array) -> None:
    """Fill `values` (uint32[n, slots], all `EMPTY`) as `sketch.minhash` does."""
    slots = values.shape[1]
    down = np.uint32(shift)
    fraction = np.uint32((1 << shift) - 1)
    scratch = np.empty(max(1, np.max(np.diff(offsets))), dtype=np.uint32)
    free = np.empty(slots, dtype=np.bool_)
    for i in range(len(lengths)):
        k = lengths[i]
        text = codes[offsets[i] : offsets[i + 1]]
        n = len(text) - k + 1
        if n <= 0:
            continue
        hashes = scratch[:n]
        _hash32(text, k, m, hashes)
        row = values[i]
        for j in range(n):
            h = hashes[j]
            s = h >> down
            row[s] = min(row[s], h & fraction)
        for r in range(1, slots):
            empties = 0
            for s in range(slots):
                free[s] = row[s] == EMPTY
                empties += free[s]
            if empties == 0:
                break
            step = np.uint32(np.uint32(r) * GOLDEN)
            top = np.uint32(np.uint32(r) << down)
            for j in range(n):
                h = _mix32(np.uint32(hashes[j] + step))
                s = h >> down
                if free[s]:
                    row[s] = min(row[s], (h & fraction) | top)
        top = np.uint32(np.uint32(slots - 1) << down)
        for s in range(slots):
            if row[s] == EMPTY:
                step = np.uint32(np.uint32(s + slots) * GOLDEN)
                for j in range(n):
                    row[s] = min(row[s], (_mix32(np.uint32(hashes[j] + step)) & fraction) | top)


@compiled
def _agree(a: Array, b: Array) -> int:
    equal = np.uint16(0)
    for s in range(len(a)):
        equal += np.uint16(a[s] == b[s])
    return int(equal)


@compiled
def _met_before(a: Array, b: Array, band: int, rows: int, tried: Any) -> bool:
    """Do the two share a band before `band` in which every pair of their bucket was tried?"""
    for earlier in range(band):
        if not (tried >> np.uint64(earlier)) & np.uint64(1):
            continue
        first = earlier * rows
        same = True
        for s in range(first, first + rows):
            if a[s] != b[s]:
                same = False
                break
        if same:
            return True
    return False


@compiled
def _push(pairs: Array, count: int, a: int, b: int) -> Array:
    if count == len(pairs):
        larger = np.empty(2 * count, dtype=np.uint64)
        larger[:count] = pairs
        pairs = larger
    pairs[count] = np.uint64(a) << L32 | np.uint64(b)
    return pairs


@compiled
def leader_pairs(
    values: Array, order: Array, places: Array, starts: Array, limits: Array, attached: Array, given: Array
) -> Array:
    """Packed pairs of the large buckets of one band, each member with the best of the leaders before it.

    `limits` is min_agree, likely_agree, sure_agree, leaders, best leaders, leader pairs.
    """
    min_agree, sure_agree, leaders, best, enough = limits[0], limits[2], limits[3], limits[4], limits[5]
    pairs = np.empty(1024, dtype=np.uint64)
    count = 0
    names = np.empty(leaders, dtype=np.int64)
    agrees = np.empty(leaders, dtype=np.int64)
    for i in range(len(starts) - 1):
        members = places[starts[i] : starts[i + 1]]
        leading = 0
        for x in range(len(members)):
            b = members[x]
            given[b] = max(given[b], 0)
            if attached[b]:
                continue
            held = min(leading, leaders) if given[b] < enough else 0
            top = 0
            for y in range(held):
                agrees[y] = _agree(values[order[names[y]]], values[order[b]])
                top = max(top, agrees[y])
            for _ in range(best):
                chosen, chosen_agree = -1, min_agree - 1
                for y in range(held):
                    if agrees[y] > chosen_agree:
                        chosen, chosen_agree = y, agrees[y]
                if chosen < 0:
                    break
                agrees[chosen] = -1
                pairs = _push(pairs, count, names[chosen], b)
                count += 1
                given[b] += 1
            if top >= sure_agree:
                attached[b] = True
            else:
                names[leading % leaders] = b
                leading += 1
    return pairs[:count]


@compiled
def bucket_pairs(
    values: Array,
    order: Array,
    places: Array,
    starts: Array,
    band: int,
    rows: int,
    limits: Array,
    attached: Array,
    placed: Array,
    tried: Array,
) -> Array:
    """Packed candidates of the small buckets of one band; `limits` begins with min_agree, likely_agree."""
    min_agree, likely_agree = limits[0], limits[1]
    pairs = np.empty(1024, dtype=np.uint64)
    count = 0
    for i in range(len(starts) - 1):
        members = places[starts[i] : starts[i + 1]]
        m = len(members)
        for x in range(m):
            a = members[x]
            for y in range(x + 1, m):
                b = members[y]
                if placed[a] and placed[b] and (attached[a] or attached[b]):
                    continue
                least = likely_agree if placed[a] and placed[b] else min_agree
                if _agree(values[order[a]], values[order[b]]) >= least and not _met_before(
                    values[order[a]], values[order[b]], band, rows, tried[a]
                ):
                    pairs = _push(pairs, count, a, b)
                    count += 1
        for x in range(m):
            tried[members[x]] |= np.uint64(1) << np.uint64(band)
    return pairs[:count]


@compiled
def _hash64(text: Array, k: int, m: Array, out: Array) -> None:
    n = len(out)
    if k == 5:
        m0, m1, m2, m3, m4, m5 = m[0], m[1], m[2], m[3], m[4], m[5]
        t0, t1, t2, t3, t4 = text[0:n], text[1 : n + 1], text[2 : n + 2], text[3 : n + 3], text[4 : n + 4]
        for j in range(n):
            h = m0 + m1 * np.uint64(t0[j]) + m2 * np.uint64(t1[j]) + m3 * np.uint64(t2[j])
            out[j] = h + m4 * np.uint64(t3[j]) + m5 * np.uint64(t4[j]) | ONE
        return
    for j in range(n):
        h = m[0]
        for i in range(k):
            h += m[i + 1] * np.uint64(text[j + i])
        out[j] = h | ONE


@compiled
def _table_bits(n: int) -> Any:
    bits = 4  # an eighth full at most: a wrong guess of the branch costs more than the memory
    while (1 << bits) < 8 * n:
        bits += 1
    return bits


@compiled
def _insert(keys: Array, bits: int, hashes: Array) -> int:
    """Put distinct hashes (none is 0) in an empty table and to the front of `hashes`; return how many there are."""
    down, mask = np.uint64(64 - bits), np.uint64((1 << bits) - 1)
    keys[: 1 << bits] = 0
    n = 0
    for j in range(len(hashes)):
        h = hashes[j]
        place = (h * FIBONACCI) >> down
        while keys[place] != h:
            if keys[place] == 0:
                keys[place] = h
                hashes[n] = h
                n += 1
                break
            place = (place + ONE) & mask
    return n


@compiled
def _count_in(keys: Array, bits: int, hashes: Array) -> int:
    down, mask = np.uint64(64 - bits), np.uint64((1 << bits) - 1)
    found = 0
    for j in range(len(hashes)):
        h = hashes[j]
        place = (h * FIBONACCI) >> down
        key = keys[place]
        while key != h and key != 0:
            place = (place + ONE) & mask
            key = keys[place]
        found += key == h
    return found


@compiled
def _shingle_set(text: Array, k: int, m: Array, keys: Array, out: Array) -> Array:
    """The distinct hashes of a text, in `out`."""
    hashes = out[: max(0, len(text) - k + 1)]
    _hash64(text, k, m, hashes)
    return hashes[: _insert(keys, _table_bits(len(hashes)), hashes)]


@compiled
def overlap_rows(codes: Array, offsets: Array, a: Array, b: Array, rule: Array, m: Array, rows: Array) -> None:
    """Fill `rows` (int64[m, 3]) with set sizes and shared shingles; `rule` is shingle, short_shingle, short_under."""
    longest = max(1, np.max(np.diff(offsets)))
    keys = np.empty(1 << _table_bits(longest), dtype=np.uint64)
    other, scratch = np.empty_like(keys), np.empty(longest, dtype=np.uint64)
    sets, sizes = np.empty(len(codes), dtype=np.uint64), np.full(len(offsets) - 1, -1, dtype=np.int64)
    last, last_k, size_a, bits = -1, 0, 0, 4
    for i in range(len(a)):
        start_a, end_a, start_b, end_b = offsets[a[i]], offsets[a[i] + 1], offsets[b[i]], offsets[b[i] + 1]
        k = rule[1] if min(end_a - start_a, end_b - start_b) < rule[2] else rule[0]
        if a[i] != last or k != last_k:
            own = k == rule[0] or end_a - start_a < rule[2]
            if own and sizes[a[i]] >= 0:
                set_a = sets[start_a : start_a + sizes[a[i]]]
                bits = _table_bits(len(set_a))
                _insert(keys, bits, set_a)
            else:
                n = max(0, end_a - start_a - k + 1)
                set_a = sets[start_a : start_a + n] if own else scratch[:n]
                _hash64(codes[start_a:end_a], k, m, set_a)
                bits = _table_bits(n)
                set_a = set_a[: _insert(keys, bits, set_a)]
                if own:
                    sizes[a[i]] = len(set_a)
            last, last_k, size_a = a[i], k, len(set_a)
        if k != rule[0] and end_b - start_b >= rule[2]:
            set_b = _shingle_set(codes[start_b:end_b], k, m, other, scratch)
        else:
            if sizes[b[i]] < 0:
                sizes[b[i]] = len(_shingle_set(codes[start_b:end_b], k, m, other, sets[start_b:end_b]))
            set_b = sets[start_b : start_b + sizes[b[i]]]
        rows[i, 0] = size_a
        rows[i, 1] = len(set_b)
        rows[i, 2] = _count_in(keys, bits, set_b)


@compiled
def _spread(h: Any) -> Any:
    h = (h ^ (h >> L32)) * SPREAD
    return h ^ (h >> L32)


@compiled
def sample_rows(codes: Array, offsets: Array, long_shingle: int, shift: int, m: Array, counts: Array) -> Array:
    """Sampled long shingles of all texts, one text after the other, sorted and distinct in each; fills `counts`."""
    out = np.empty(1024 + (offsets[-1] - offsets[0]) // 16, dtype=np.uint64)
    scratch = np.empty((2, max(1, np.max(np.diff(offsets)))), dtype=np.uint32)
    step, down, total = long_shingle // 3, np.uint32(shift), 0
    m0, m1, m2, m3, m4 = m[0], m[1], m[2], m[3], m[4]
    for i in range(len(counts)):
        text = codes[offsets[i] : offsets[i + 1]]
        n = len(text) - long_shingle + 1
        counts[i] = 0
        if n <= 0:
            continue
        quads = scratch[0, : len(text) - 3]
        t0, t1, t2, t3 = text[0:-3], text[1:-2], text[2:-1], text[3:]
        for j in range(len(quads)):
            h = np.uint32(m0 + np.uint32(m1 * np.uint32(t0[j])))
            h = np.uint32(h + np.uint32(m2 * np.uint32(t1[j])))
            h = np.uint32(h + np.uint32(m3 * np.uint32(t2[j])))
            quads[j] = _mix32(np.uint32(h + np.uint32(m4 * np.uint32(t3[j]))))
        h0, h1, h2, chosen = quads[:n], quads[step : step + n], quads[2 * step : 2 * step + n], scratch[1, :n]
        for j in range(n):
            h = np.uint32(np.uint32(h0[j] * MIX_A) + np.uint32(h1[j] * MIX_B))
            chosen[j] = np.uint32(h + np.uint32(h2[j] * GOLDEN))
        if total + n > len(out):
            larger = np.empty(2 * len(out) + n, dtype=np.uint64)
            larger[:total] = out[:total]
            out = larger
        first = total
        for j in range(n):
            if chosen[j] >> down == 0:
                out[total] = _spread(_spread(np.uint64(h0[j]) | np.uint64(h1[j]) << L32) + np.uint64(h2[j]))
                total += 1
        taken = np.sort(out[first:total])
        total = first
        for j in range(len(taken)):
            if j == 0 or taken[j] != taken[j - 1]:
                out[total] = taken[j]
                total += 1
        counts[i] = total - first
    return out[:total]


@compiled
def pack_postings(
    samples: Array, offsets: Array, first: int, eligible: Array, shift: int, wanted: int, mask: Any, out: Array
) -> int:
    """Fill `out` with `sample & ~mask | row` for the eligible rows `first`, ... and one partition; return how many."""
    n, down = 0, np.uint64(min(shift, 63))
    for i in range(len(offsets) - 1):
        if not eligible[first + i]:
            continue
        for j in range(offsets[i], offsets[i + 1]):
            sample = np.uint64(samples[j])
            out[n] = (sample & ~mask) | np.uint64(first + i)
            n += int(shift == 64 or sample >> down == np.uint64(wanted))
    return n


@compiled
def posting_pairs(packed: Array, bits: int, limit: int) -> Array:
    """As `containment.posting_pairs`."""
    down, mask = np.uint64(bits), (np.uint64(1) << np.uint64(bits)) - np.uint64(1)
    pairs = np.empty(1024, dtype=np.uint64)
    count, start, n = 0, 0, len(packed)
    while start < n:
        key = packed[start] >> down
        end = start + 1
        while end < n and packed[end] >> down == key:
            end += 1
        if 1 < end - start <= limit:
            for x in range(start, end):
                for y in range(x + 1, end):
                    pairs = _push(pairs, count, packed[x] & mask, packed[y] & mask)
                    count += 1
        start = end
    return pairs[:count]


@compiled
def _insertion_sort(words: Array) -> None:
    for i in range(1, len(words)):
        word = words[i]
        j = i - 1
        while j >= 0 and words[j] > word:
            words[j + 1] = words[j]
            j -= 1
        words[j + 1] = word


@compiled
def _scatter(words: Array, shift: int, counts: Array, out: Array) -> None:
    """Put words in the order of their bits from `shift` on; `counts` (zeros) becomes the ends of the buckets."""
    down, mask = np.uint64(shift), np.uint64(len(counts) - 1)
    for j in range(len(words)):
        counts[(words[j] >> down) & mask] += 1
    total = 0
    for bucket in range(len(counts)):
        size = counts[bucket]
        counts[bucket] = total
        total += size
    for j in range(len(words)):
        bucket = (words[j] >> down) & mask
        out[counts[bucket]] = words[j]
        counts[bucket] += 1


@compiled
def sort_words(words: Array) -> Array:
    """Sorted copy of words whose high bits are evenly spread, as those of hashes are: two scatters, then short runs."""
    first_bits = 11
    counts, out = np.zeros(1 << first_bits, dtype=np.int64), np.empty_like(words)
    _scatter(words, 64 - first_bits, counts, out)
    largest = max(counts[0], np.max(np.diff(counts)))
    scratch, inner = np.empty(largest, dtype=np.uint64), np.empty(1 << 12, dtype=np.int64)
    for bucket in range(len(counts)):
        part = out[counts[bucket - 1] if bucket else 0 : counts[bucket]]
        bits = 0
        while bits < 12 and (4 << bits) < len(part):
            bits += 1
        if bits == 0:
            _insertion_sort(part)
            continue
        ends = inner[: 1 << bits]
        ends[:] = 0
        moved = scratch[: len(part)]
        _scatter(part, 64 - first_bits - bits, ends, moved)
        for leaf in range(len(ends)):
            words_of_leaf = moved[ends[leaf - 1] if leaf else 0 : ends[leaf]]
            if len(words_of_leaf) > 64:  # many copies of one word's high bits, or no hashes at all
                words_of_leaf.sort()
            elif len(words_of_leaf) > 1:
                _insertion_sort(words_of_leaf)
        part[:] = moved
    return out
