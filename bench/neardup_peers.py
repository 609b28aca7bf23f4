"""Turns JSON lines into near-duplicate pairs with one peer library; run by `neardup.py` in an environment that has it.

    python bench/neardup_peers.py NAME FILE THRESHOLD     prints one JSON object

The libraries get the sets of 5-character shingles of the texts as they are. text-dedup and datatrove are pipelines over
files that give clusters, not pairs: they run as their documentation says, and every pair of a cluster counts. All on one
thread. The environment: `pip install datasketch "xxhash<4" rensa gaoya FastSketchLSH datatrove spacy jieba orjson datasets
click click-option-group ftfy regex rich scipy psutil pybloom-live bitarray`, then `pip install --no-deps text-dedup`
(its other dependencies, pyspark and a neural index among them, are not imported by its MinHash).
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import combinations
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


def text_dedup_words(path: Path, threshold: float, *options: str) -> Pairs:
    """`python -m text_dedup.minhash` as its README has it: 250 permutations, 5-grams of what stands between punctuation."""
    from text_dedup import minhash

    with tempfile.TemporaryDirectory() as folder:
        command = ["--path", "json", "--data_files", str(path), "--split", "train", "--column", "text", "--num_proc", "1"]
        command += ["--threshold", str(threshold), "--cache_dir", f"{folder}/cache", "--output", f"{folder}/out"]
        minhash.main([*command, *options], standalone_mode=False)
    return _pairs_of_clusters({i: minhash.uf.find(i) for i in list(minhash.uf.parent)})


def text_dedup_characters(path: Path, threshold: float) -> Pairs:
    """Characters set apart by spaces, since it has no other way to 5-grams of characters; its faster hash."""
    with tempfile.TemporaryDirectory() as folder:
        spaced = Path(folder, "spaced.jsonl")
        with path.open(encoding="utf-8") as file, spaced.open("w", encoding="utf-8") as out:
            for line in file:
                out.write(json.dumps({"text": " ".join(json.loads(line)["text"])}, ensure_ascii=False) + "\n")
        return text_dedup_words(spaced, threshold, "--hash_func", "xxh3")


def datatrove_words(path: Path, threshold: float, tokenizer: Any = "cmn_Hani") -> Pairs:
    """Its four stages with its own settings (14 bands of 8, whatever the threshold), 5-grams of words by jieba."""
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.dedup import minhash
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers import JsonlWriter

    with tempfile.TemporaryDirectory() as folder:
        reader = JsonlReader(str(path.parent), glob_pattern=path.name)
        signatures, bands, clusters = (f"{folder}/{name}" for name in ("signatures", "bands", "clusters"))
        stages = [
            ([reader, minhash.MinhashDedupSignature(signatures, language=tokenizer)], 1),
            ([minhash.MinhashDedupBuckets(signatures, bands)], minhash.MinhashConfig().num_buckets),
            ([minhash.MinhashDedupCluster(bands, clusters, save_cluster_id=True)], 1),
            ([reader, minhash.MinhashDedupFilter(clusters), JsonlWriter(f"{folder}/kept", compression=None)], 1),
        ]
        for number, (steps, tasks) in enumerate(stages):
            LocalPipelineExecutor(steps, tasks=tasks, workers=1, logging_dir=f"{folder}/log{number}").run()
        found = Path(clusters, "000000.clusters")
        numbers = memoryview(found.read_bytes()).cast("I").tolist() if found.exists() else []
    return _pairs_of_clusters(dict(zip(numbers[::2], numbers[1::2], strict=True)))


def datatrove_characters(path: Path, threshold: float) -> Pairs:
    from datatrove.utils.word_tokenizers import WordTokenizer

    class Characters(WordTokenizer):  # type: ignore[misc]
        def word_tokenize(self, text: str) -> list[str]:
            return list(text)

        sent_tokenize = span_tokenize = word_tokenize

    return datatrove_words(path, threshold, Characters())


def _pairs_of_clusters(clusters: dict[int, int]) -> Pairs:
    """All pairs of line numbers of one cluster, from the cluster of each line."""
    members = defaultdict(list)
    for line, cluster in sorted(clusters.items()):
        members[cluster].append(line)
    return (pair for lines in members.values() for pair in combinations(lines, 2))


LIBRARIES: dict[str, Callable[[list[str], float], Pairs]] = {
    "datasketch+xxh32": datasketch_xxh32,
    "rensa RMinHash 16x8": rensa_rminhash,
    "rensa rho": rensa_rho,
    "gaoya char-5 20x6": gaoya_char5,
    "FastSketchLSH 16x8": fastsketchlsh,
}
PIPELINES: dict[str, Callable[[Path, float], Pairs]] = {
    "text-dedup": text_dedup_words,
    "text-dedup characters": text_dedup_characters,
    "datatrove characters": datatrove_characters,
    "datatrove jieba": datatrove_words,
}
PEERS = (*LIBRARIES, *PIPELINES)


def _texts(path: Path, field: str) -> list[Any]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line)[field] for line in file]


def peak_bytes() -> int:
    """Greatest resident memory of this process; `ru_maxrss` would count that of the process which started it."""
    fields = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines())
    return int(fields["VmHWM"].split()[0]) * 1024


def main() -> None:
    name, path, threshold = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])
    with contextlib.redirect_stdout(sys.stderr):
        found = PIPELINES[name](path, threshold) if name in PIPELINES else LIBRARIES[name](_texts(path, "text"), threshold)
        lines = set(found)
    usages = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = sum(usage.ru_utime + usage.ru_stime for usage in usages)
    peak = max(peak_bytes(), usages[1].ru_maxrss * 1024)
    ids = _texts(path, "id")
    print(json.dumps({"pairs": sorted((ids[i], ids[j]) for i, j in lines), "cpu_seconds": seconds, "peak_bytes": peak}))


if __name__ == "__main__":
    main()
