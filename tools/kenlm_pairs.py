"""Turn a KenLM binary of order 2 (probing hash table) into the joint probability of each pair that it holds."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np

MAGIC = b"mmap lm http://kheafield.com/code format version 5\n\0"
COUNTS_AT = 0x6C  # after the magic, the numbers that test byte order, and the fixed parameters
SLOTS_PER_PAIR = 1.5
PAIR = np.dtype([("key", "<u8"), ("score", "<f4")])
# KenLM's lm/search_hashed.hh: the key of "second after first" is second * NEXT ^ (first + 1) * CONTEXT, modulo 2**64.
NEXT, CONTEXT = np.uint64(8978948897894561157), np.uint64(17894857484156487943)


def read_pairs(path: Path) -> Iterator[tuple[str, str, float]]:
    """Yield (first, second, P(first and then second)) for each pair of the model.

    The sign of a score is a flag of KenLM's; scores are decimal logarithms.
    """
    data = path.read_bytes()
    if not data.startswith(MAGIC):
        raise ValueError(f"{path} is no KenLM binary of version 5: build it with kenlm's build_binary")
    n_words, n_pairs = struct.unpack_from("<QQ", data, COUNTS_AT)
    words_at = data.rindex(b"<unk>\0")
    words = [word.decode("utf-8") for word in data[words_at:].split(b"\0")[:-1]]
    n_slots = int(n_pairs * SLOTS_PER_PAIR)
    pairs_at = words_at - n_slots * PAIR.itemsize
    table = np.frombuffer(data, PAIR, n_slots, pairs_at)
    table = np.sort(table[table["key"] != 0], order="key")
    single = np.frombuffer(data, "<f4", 2 * (n_words + 1), pairs_at - 8 * (n_words + 1)).reshape(-1, 2)
    p_first = 10.0 ** -np.abs(single[: len(words), 0].astype(np.float64))
    contexts = (np.arange(len(words), dtype=np.uint64) + np.uint64(1)) * CONTEXT
    for second, word in enumerate(words):
        keys = np.uint64((second * int(NEXT)) & 0xFFFF_FFFF_FFFF_FFFF) ^ contexts
        at = np.minimum(np.searchsorted(table["key"], keys), len(table) - 1)
        found = np.flatnonzero(table["key"][at] == keys)
        joint = 10.0 ** -np.abs(table["score"][at[found]].astype(np.float64)) * p_first[found]
        for first, p in zip(found.tolist(), joint.tolist(), strict=True):
            yield words[first], word, p
