"""Turns JSON lines into near-duplicate pairs with one peer library; run by `neardup.py` in an environment that has it.

    python bench/neardup_peers.py NAME FILE THRESHOLD     prints one JSON object

Every peer gets the sets of 5-character shingles of the texts as they are, on one thread.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

os.environ.update(OMP_NUM_THREADS="1", RAYON_NUM_THREADS="1")
SLOTS = 128
Pairs = Iterable[tuple[int, int]]


def shingles(text: str) -> list[str]:
    """Distinct 5-character shingles."""
    return list({text[i : i + 5] for i in range(max(1, len(text) - 4))})


def datasketch_xxh32(texts: list[str], threshold: float) -> Pairs:
    import xxhash
    from datasketch import MinHash, MinHashLSH

    lsh = MinHashLSH(threshold=threshold, num_perm=SLOTS)
    for i, text in enumerate(texts):
        sketch = MinHash(num_perm=SLOTS, hashfunc=xxhash.xxh32_intdigest)
        sketch.update_batch([shingle.encode() for shingle in shingles(text)])
        yield from ((int(j), i) for j in lsh.query(sketch))
        lsh.insert(i, sketch, check_duplication=False)


def rensa_rminhash(texts: list[str], threshold: float) -> Pairs:
    from rensa import RMinHash, RMinHashLSH

    sketches = RMinHash.from_token_sets([shingles(text) for text in texts], SLOTS, 42)
    lsh = RMinHashLSH(threshold=threshold, num_perm=SLOTS, num_bands=16)
    for i, sketch in enumerate(sketches):
        for j in lsh.query(sketch):
            if sketch.jaccard(sketches[j]) >= threshold:
                yield j, i
        lsh.insert(i, sketch)


def rensa_rho(texts: list[str], threshold: float) -> Pairs:
    """Says which documents are duplicates, not of which: pairs of a document with itself."""
    from rensa import RMinHash, RMinHashLSH

    matrix = RMinHash.digest_matrix_from_token_sets_rho([shingles(text) for text in texts], SLOTS, 42)
    lsh = RMinHashLSH(threshold=threshold, num_perm=SLOTS, num_bands=16)
    return [(i, i) for i, flag in enumerate(lsh.query_duplicate_flags_matrix_one_shot(matrix)) if flag]


def gaoya_char5(texts: list[str], threshold: float) -> Pairs:
    from gaoya.minhash import MinHashStringIndex

    index = MinHashStringIndex(
        hash_size=32, jaccard_threshold=threshold, num_bands=20, band_size=6, analyzer="char", ngram_range=(5, 5)
    )
    for i, text in enumerate(texts):
        yield from ((int(j), i) for j in index.query(text))
        index.insert_document(i, text)


def fastsketchlsh(texts: list[str], threshold: float) -> Pairs:
    from FastSketchLSH import LSH, FastSimilaritySketch

    sketcher = FastSimilaritySketch(SLOTS)
    rows = sketcher.batch([shingles(text) for text in texts], num_threads=1)
    lsh = LSH(SLOTS, 16, num_threads=1)
    lsh.insert(rows)
    for i, found in enumerate(lsh.query(rows)):
        yield from ((j, i) for j in found if j < i and (rows[i] == rows[j]).mean() >= threshold)


PEERS: dict[str, Callable[[list[str], float], Pairs]] = {
    "datasketch+xxh32": datasketch_xxh32,
    "rensa RMinHash 16x8": rensa_rminhash,
    "rensa rho": rensa_rho,
    "gaoya char-5 20x6": gaoya_char5,
    "FastSketchLSH 16x8": fastsketchlsh,
}


def main() -> None:
    name, path, threshold = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])
    with path.open(encoding="utf-8") as file:
        records: list[dict[str, Any]] = [json.loads(line) for line in file]
    ids = [record["id"] for record in records]
    pairs = sorted({(ids[i], ids[j]) for i, j in PEERS[name]([record["text"] for record in records], threshold)})
    usage = resource.getrusage(resource.RUSAGE_SELF)
    seconds = usage.ru_utime + usage.ru_stime
    print(json.dumps({"pairs": pairs, "cpu_seconds": seconds, "peak_bytes": usage.ru_maxrss * 1024}))


if __name__ == "__main__":
    main()
