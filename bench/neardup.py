"""Turns real texts with planted copies into a table: cost, recall, precision and memory of detector and its peers.

    python bench/neardup.py [--data ../shared/data] [--documents 6000] [--threshold 0.8] [--peers PYTHON]

`--peers` is the Python of an environment with datasketch, xxhash, rensa, gaoya and FastSketchLSH; those that it lacks
are left out. All run in this session, each in a process of its own, and CPU time counts from start to end of it.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from neardup_corpus import edited, real_texts
from neardup_peers import PEERS
from scipy import sparse

from detector.dup.scheme import Scheme
from detector.dup.shingles import shingle_set
from detector.text.fold import fold

SETS = ("crud_rag_news", "thucnews_1k", "drcd_zh_hant", "wechat_security", "lctt_tech", "xwlb_news")
SCRIPTS = ("s2t", "s2tw", "s2hk", "s2twp")


def planted(texts: list[str], seed: int = 0) -> tuple[dict[str, str], dict[str, list[tuple[str, str]]]]:
    """Texts by id, and the planted pairs by kind: (copy, original), or (inner, outer) for contained ones."""
    import opencc

    rng = np.random.default_rng(seed)
    converters = {name: opencc.OpenCC(name) for name in SCRIPTS}
    documents = {f"o{i:06d}": text for i, text in enumerate(texts)}
    pairs: dict[str, list[tuple[str, str]]] = defaultdict(list)
    chrome = "首页 > 新闻 > 正文 字号：大 中 小 分享到微信 打印本页 ", " 上一篇 下一篇 相关阅读 版权所有 未经许可不得转载"

    def add(kind: str, original: str, text: str, inside: bool = False) -> None:
        name = f"{kind}-{original}"
        documents[name] = text
        pairs[kind].append((original, name) if inside else (name, original))

    for name, text in list(documents.items()):
        roll = int(rng.integers(12))
        if roll < 4:
            codes = np.frombuffer(text.encode("utf-16-le", "replace"), dtype=np.uint16)
            copy = edited(codes, rng.uniform(0.01, 0.4), rng).tobytes().decode("utf-16-le", "ignore")
            add("edited", name, copy)
        elif roll < 8:
            kind = SCRIPTS[roll - 4]
            add(kind, name, converters[kind].convert(text))
        elif roll == 8:
            add("chrome", name, chrome[0] + text + chrome[1])
        elif roll == 9:
            add("cut", name, text[: int(len(text) * rng.uniform(0.5, 0.95))])
        elif roll == 10 and len(text) >= 350:
            other = texts[int(rng.integers(len(texts)))]
            add("spliced", name, text + "\n" + other, inside=True)
        elif roll == 11 and len(text) >= 350:
            other, middle = texts[int(rng.integers(len(texts)))], text[20:]
            add("quoted", name, other[: len(other) // 2] + middle + other[len(other) // 2 :], inside=True)
    return documents, pairs


def exact_pairs(documents: dict[str, str], threshold: float) -> tuple[dict[tuple[str, str], float], sparse.csr_matrix]:
    """Every pair at or above the threshold by its definition, through one sparse matrix product per shingle length."""
    scheme, names = Scheme(), sorted(documents)
    folded = [fold(documents[name]) for name in names]
    lengths = np.array([len(codes) for codes in folded])
    found: dict[tuple[str, str], float] = {}
    for k in (scheme.short_shingle, scheme.shingle):
        short = k == scheme.short_shingle
        rows = np.flatnonzero((lengths >= k) & (lengths < 3 * scheme.short_under if short else lengths >= scheme.short_under))
        sets = [shingle_set(folded[i], k, scheme.multipliers) for i in rows]
        sizes = np.array([len(s) for s in sets], dtype=np.int64)
        columns = np.unique(np.concatenate(sets), return_inverse=True)[1]
        matrix = sparse.csr_matrix((np.ones(len(columns), np.int32), columns, np.concatenate(([0], np.cumsum(sizes)))))
        for start in range(0, len(rows), 500):
            shared = (matrix[start : start + 500] @ matrix.T).tocoo()
            jaccard = shared.data / (sizes[start + shared.row] + sizes[shared.col] - shared.data)
            near = (jaccard >= threshold) & (start + shared.row < shared.col)
            for i, j, value in zip(rows[start + shared.row[near]], rows[shared.col[near]], jaccard[near], strict=True):
                if not short or min(lengths[i], lengths[j]) < scheme.short_under:
                    found[names[i], names[j]] = float(value)
    return found, matrix


def run_detector(path: Path, threshold: float, folder: Path) -> dict[str, Any]:
    """The installed command, in a process of its own, from a warm cache."""
    out = folder / "out"
    code = "from detector.cli.dedup import dedup; dedup()"
    command = [sys.executable, "-c", code, str(path), "--out", str(out), "--threshold", str(threshold), "--quiet"]
    used = []
    for _ in range(2):  # the first one may have to compile
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    rows = [json.loads(line) for line in (out / "pairs.jsonl").read_text(encoding="utf-8").splitlines()]
    clusters = [json.loads(line) for line in (out / "clusters.jsonl").read_text(encoding="utf-8").splitlines()]
    exact = [row["members"] for row in clusters if row["relation"] == "exact"]
    return {
        "pairs": _with_copies([(row["a"], row["b"]) for row in rows if row["relation"] == "near"], exact),
        "contained": _with_copies([(row["a"], row["b"]) for row in rows if row["relation"] == "contained"], exact),
        "cpu_seconds": used[1],
        "peak_bytes": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024,
    }


def _with_copies(pairs: list[tuple[str, str]], exact: list[list[str]]) -> set[tuple[str, str]]:
    """The pairs of all exact copies of both sides, and those of the copies among themselves."""
    groups = {name: members for members in exact for name in members}
    found = {(x, y) for a, b in pairs for x in groups.get(a, [a]) for y in groups.get(b, [b])}
    return found | {(a, b) for members in exact for a in members for b in members if a < b}


def score(found: set[tuple[str, str]], exact: dict[tuple[str, str], float]) -> tuple[float, float]:
    """(recall, precision) of pairs."""
    hits = len({tuple(sorted(pair)) for pair in found} & set(exact))
    return hits / max(1, len(exact)), hits / max(1, len(found))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    shared = Path(__file__).resolve().parents[2] / "shared" / "data"
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("DETECTOR_DATA", shared)))
    parser.add_argument("--documents", type=int, default=6000)
    parser.add_argument("--threshold", type=float, default=0.8)
    parser.add_argument("--peers", help="Python of an environment with the peers")
    options = parser.parse_args()
    documents, pairs = planted(real_texts(options.data, SETS, options.documents))
    exact, _ = exact_pairs(documents, options.threshold)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "corpus.jsonl"
        with path.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps({"id": k, "text": v}, ensure_ascii=False) + "\n" for k, v in documents.items())
        ours = run_detector(path, options.threshold, folder)
        mean = sum(map(len, documents.values())) / len(documents)
        print(f"{len(documents)} documents, mean {mean:.0f} characters, {len(exact)} pairs at {options.threshold}\n")
        _print_row("detector dedup", ours, score(ours["pairs"], exact), ours["cpu_seconds"], len(documents))
        for peer in PEERS if options.peers else ():
            script = str(Path(__file__).with_name("neardup_peers.py"))
            command = [options.peers, script, peer, str(path), str(options.threshold)]
            run = subprocess.run(command, capture_output=True, text=True)
            if run.returncode:
                print(f"{peer:22} left out: {run.stderr.strip().splitlines()[-1]}")
                continue
            result = json.loads(run.stdout)
            scores = score({tuple(sorted(pair)) for pair in result["pairs"]}, exact)
            _print_row(peer, result, scores, ours["cpu_seconds"], len(documents))
    if options.peers:
        print(f"{'text-dedup, datatrove':22} not run: pipelines over folders (pyspark, onnxruntime), no adapter")
    print("\nplanted copies found")
    related = {tuple(sorted(pair)) for pair in ours["pairs"]}
    for kind, planted_pairs in sorted(pairs.items()):
        hits = sum(tuple(sorted(pair)) in related or pair in ours["contained"] for pair in planted_pairs)
        above = sum(tuple(sorted(pair)) in exact for pair in planted_pairs)
        print(f"{kind:10} {hits:5} of {len(planted_pairs):5}, {above:5} of them at or above the threshold")


def _print_row(name: str, run: dict[str, Any], scores: tuple[float, float], own: float, n: int) -> None:
    seconds = run["cpu_seconds"]
    print(
        f"{name:22} {seconds:7.1f} s CPU {seconds / n * 1e6:8.0f} µs/doc {seconds / own:6.1f} times"
        f"  recall {scores[0]:.4f} precision {scores[1]:.4f}  peak {run['peak_bytes'] / n / 1024:.0f} KiB/doc"
    )


if __name__ == "__main__":
    main()
