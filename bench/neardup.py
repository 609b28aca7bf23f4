"""Turns texts with planted copies into a table: cost, recall, precision and memory of detector and its peers.

    python bench/neardup.py [--data ../shared/data] [--documents 6000] [--threshold 0.8] [--peers PYTHON]
    python bench/neardup.py --made 20000 --threshold 0.8 --peers PYTHON [--only NAME,NAME]

The first takes real texts, the second made ones. `--peers` is the Python of an environment with the peers (how to make
it: `neardup_peers.py`); those that it lacks are left out, and so are those that `--only` doesn't name. All run in this
session, each in a process of its own, and CPU time (user and system) counts from start to end of it.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from neardup_corpus import real_texts
from neardup_peers import PEERS
from neardup_reference import exact_pairs, made_pairs, planted

SETS = ("crud_rag_news", "thucnews_1k", "drcd_zh_hant", "wechat_security", "lctt_tech", "xwlb_news")


def run_detector(path: Path, threshold: float, folder: Path) -> dict[str, Any]:
    """The installed command, in a process of its own, from a warm cache."""
    out = folder / "out"
    peak, here = folder / "peak", str(Path(__file__).parent)
    code = (
        "import atexit, sys; from pathlib import Path; from detector.cli.dedup import dedup; "
        f"sys.path.append({here!r}); from neardup_peers import peak_bytes; "
        f"atexit.register(lambda: Path({str(peak)!r}).write_text(str(peak_bytes()))); dedup()"
    )
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
        "peak_bytes": int(peak.read_text()),
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
    parser.add_argument("--made", type=int, help="this many made documents in place of real ones")
    parser.add_argument("--only", default=",".join(PEERS), help="peers to run, names with commas between")
    options = parser.parse_args()
    pairs: dict[str, list[tuple[str, str]]] = {}
    if options.made:
        documents, exact = made_pairs(options.made, options.threshold)
    else:
        documents, pairs = planted(real_texts(options.data, SETS, options.documents))
        exact = exact_pairs(documents, options.threshold)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "corpus.jsonl"
        with path.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps({"id": k, "text": v}, ensure_ascii=False) + "\n" for k, v in documents.items())
        ours = run_detector(path, options.threshold, folder)
        mean = sum(map(len, documents.values())) / len(documents)
        print(f"{len(documents)} documents, mean {mean:.0f} characters, {len(exact)} pairs at {options.threshold}\n")
        _print_row("detector dedup", ours, score(ours["pairs"], exact), ours["cpu_seconds"], len(documents))
        for peer in options.only.split(",") if options.peers else ():
            script = str(Path(__file__).with_name("neardup_peers.py"))
            command = [options.peers, script, peer, str(path), str(options.threshold)]
            run = subprocess.run(command, capture_output=True, text=True)
            if run.returncode:
                print(f"{peer:22} left out: {run.stderr.strip().splitlines()[-1]}")
                continue
            result = json.loads(run.stdout)
            scores = score({tuple(sorted(pair)) for pair in result["pairs"]}, exact)
            _print_row(peer, result, scores, ours["cpu_seconds"], len(documents))
            sys.stdout.flush()
    if pairs:
        _print_planted(pairs, ours, exact)


def _print_planted(pairs: dict[str, list[tuple[str, str]]], ours: dict[str, Any], exact: dict[tuple[str, str], float]) -> None:
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
