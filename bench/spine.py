"""Measures a whole scan: the seeds line by line, farm rates of honest sets, near pairs against the exact reference.

python bench/spine.py            # all; reads ../shared (or DETECTOR_DATA for the sets)
python bench/spine.py --seeds    # only the seeds
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from detector.corpus import scan_to_folder
from detector.report.files import rows
from detector.settings import Settings

SHARED = Path(__file__).resolve().parents[1].parent / "shared"
DATA = Path(os.environ.get("DETECTOR_DATA", SHARED / "data"))
HONEST = ("crud_rag_news", "thucnews_1k", "drcd_zh_hant", "laws")
ALWAYS_RIGHT = ("related", "spam", "disclaimer")  # labels that must be right on every line


def scan(inputs: list[str], out: Path) -> dict[str, Any]:
    return scan_to_folder(inputs, out, Settings(), workers=os.cpu_count() or 1)


def measure_seeds(out: Path) -> None:
    """Labels, verdicts and the family of the five seeds."""
    scan([str(SHARED / "seeds")], out)
    gold: dict[tuple[str, int], list[str]] = {}
    for line in (SHARED / "gold" / "seed-lines.tsv").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            name, number, labels = line.split("\t")
            gold[name, int(number)] = labels.split("|")
    found = {(row["document"], row["line"]): row["label"] for row in rows(out, "lines")}
    right = sum(found.get(place) in labels for place, labels in gold.items())
    must = [p for p, labels in gold.items() if labels[0] in ALWAYS_RIGHT]
    must_right = sum(found.get(place) in gold[place] for place in must)
    print(f"seeds: {right} of {len(gold)} line labels right; {', '.join(ALWAYS_RIGHT)}: {must_right} of {len(must)}")
    for row in rows(out, "documents"):
        print(
            f"  {row['id'][:3]} farm={row['farm']} bits={row['farm_bits']} kinds={len(row['kinds'])} "
            f"family={row['template_family']} near={row['near_cluster']} repairs={len(row['repairs'])}"
        )


def measure_honest(out: Path) -> None:
    """Farm rate of each honest set in one scan, with time and memory."""
    manifest = scan([str(DATA / f"{name}.jsonl.gz") for name in HONEST], out)
    farms: dict[str, int] = defaultdict(int)
    documents: dict[str, int] = defaultdict(int)
    for row in rows(out, "documents"):
        documents[row["source"]] += 1
        farms[row["source"]] += row["farm"]
    for source, count in sorted(documents.items()):
        print(f"{source}: {farms[source]} of {count} called farm ({farms[source] / count:.3%})")
    memory = max(manifest["peak_memory_mib"].values())
    print(f"{sum(documents.values())} documents, {sum(manifest['seconds'].values()):.0f} s, peak {memory:.0f} MiB a process")


def measure_pairs(out: Path) -> None:
    """Near pairs at 0.8 against exact Jaccard of the raw text, on documents that a scan did not change."""
    same = {row["id"] for row in rows(out, "documents") if row["repaired"] is None and not row["repairs"]}
    found = {(row["a"], row["b"]): row["jaccard"] for row in rows(out, "pairs") if row["relation"] in ("exact", "near")}
    with gzip.open(DATA / "pairs.jsonl.gz", "rt", encoding="utf-8") as lines:
        listed = [json.loads(line) for line in lines]
    exact = {tuple(sorted((p["a"], p["b"]))): p["j5"] for p in listed if p["set"] == "crud_rag_news"}
    for limit in (0.7, 0.8):
        wanted = {p for p, j in exact.items() if j >= limit and p[0] in same and p[1] in same}
        got = {p for p, j in found.items() if j >= limit and p[0] in same and p[1] in same and p[0].startswith("crud")}
        both = len(wanted & got)
        print(f"near pairs at {limit}: recall {both / len(wanted):.4f} of {len(wanted)}, precision {both / len(got):.4f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", action="store_true")
    arguments = parser.parse_args()
    if not SHARED.is_dir() or not DATA.is_dir():
        sys.exit(f"needs {SHARED} and {DATA}")
    with tempfile.TemporaryDirectory() as folder:
        measure_seeds(Path(folder) / "seeds")
        if not arguments.seeds:
            measure_honest(Path(folder) / "honest")
            measure_pairs(Path(folder) / "honest")


if __name__ == "__main__":
    main()
