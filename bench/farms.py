"""How many documents of each development set are called farm pages: false alarms on honest sets, recall on the others.

    python bench/farms.py                     every set; a sample of the largest
    python bench/farms.py laws wechat_security --show 5 --rules
    python bench/farms.py --limit 0           whole sets

Documents are judged one by one, without what their corpus shows (that is `detector scan`). The sets are read from
../shared/data (variable DETECTOR_DATA overrides the place).
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from detector.article import label
from detector.judge.score import score
from detector.judge.signals import document_evidence
from detector.kit import Kit, make_kit
from detector.settings import Settings
from detector.template.outline import outline
from detector.types import Document, Record, Verdict

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("DETECTOR_DATA", ROOT.parent / "shared" / "data"))
HONEST = (
    "crud_rag_news", "xwlb_news", "lctt_tech", "drcd_zh_hant", "zh_hant_misc", "literature", "thucnews_1k", "laws",
    "howtocook", "weekly_newsletter", "pages_dan_zh", "pages_gne_silver", "techcrunch_mt", "agt2025_zh",
)  # fmt: skip
MIXED = ("wechat_security", "ccf_bdci_finance", "chinesewebtext_cc")
FARMS = ("nucnas_llm_site", "chinesewebtext_cc:dirty", "seeds", "unseen:dev", "unseen:honest")
BATCH = 400


def records_of(name: str, limit: int) -> list[Record]:
    """The records of a set, a fixed sample of `limit` where it is larger (0: all)."""
    rows = list(_rows(name))
    if limit and len(rows) > limit:
        rows = random.Random(0).sample(rows, limit)
    return rows


def _rows(name: str) -> Iterator[Record]:
    if name == "seeds":
        yield from _files(ROOT.parent / "shared" / "seeds")
    elif name.startswith("unseen:"):
        yield from _files(ROOT / "tests" / "data" / "unseen" / name.partition(":")[2])
    else:
        base, _, part = name.partition(":")
        dirty = _dirty_ids() if part else None
        with gzip.open(DATA / f"{base}.jsonl.gz", "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                if dirty is None or row["id"] in dirty:
                    media = "html" if "html" in row else "text"
                    yield Record(row["id"], name, row[media], media, title=row.get("title"))  # type: ignore[arg-type]


def _dirty_ids() -> set[str]:
    with (DATA / "chinesewebtext_cc.labels.tsv").open(encoding="utf-8") as lines:
        return {row["id"] for row in csv.DictReader(lines, delimiter="\t")}


def _files(folder: Path) -> Iterator[Record]:
    for path in sorted(folder.glob("*.*")):
        if path.suffix in (".txt", ".html"):
            media = "html" if path.suffix == ".html" else "text"
            yield Record(path.name, path.name, path.read_text(encoding="utf-8"), media)  # type: ignore[arg-type]


def judged(records: list[Record], kit: Kit) -> Iterator[tuple[Record, Verdict]]:
    """Each record with the verdict on it alone; records that fail are left out."""
    for start in range(0, len(records), BATCH):
        batch = records[start : start + BATCH]
        for record, made in zip(batch, label(batch, kit), strict=True):
            if isinstance(made, Document):
                yield record, score(document_evidence(made, outline(made), kit.rules), kit.settings)


def report(name: str, limit: int, show: int, rules: bool, kit: Kit) -> None:
    started = time.perf_counter()
    verdicts = list(judged(records_of(name, limit), kit))
    farms = [(record, verdict) for record, verdict in verdicts if verdict.farm]
    seconds = time.perf_counter() - started
    rate = len(farms) / max(len(verdicts), 1)
    print(f"{name:26} {len(verdicts):6} documents  {len(farms):5} farm  {rate:8.2%}  {seconds:6.1f} s")
    if rules:
        fired = Counter(item.rule for _, verdict in verdicts for item in verdict.evidence)
        print("   ", "  ".join(f"{rule} {n / len(verdicts):.2%}" for rule, n in fired.most_common(24)))
    for record, verdict in sorted(farms, key=lambda each: -each[1].bits)[:show]:
        print(f"    {record.id}  {verdict.bits:+.2f} bits  {' '.join(verdict.kinds)}")
        for item in verdict.evidence:
            if item.bits:
                print(f"        {item.bits:+6.2f}  {item.rule:26} {item.quote[:50]!r} {dict(item.facts)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", default=[*HONEST, *MIXED, *FARMS])
    parser.add_argument("--limit", type=int, default=2500, help="documents of a set at most; 0: all")
    parser.add_argument("--show", type=int, default=0, help="farm pages of each set to show with their evidence")
    parser.add_argument("--rules", action="store_true", help="how often each rule fires")
    options = parser.parse_args()
    kit = make_kit(Settings())
    for name in options.sets:
        report(name, options.limit, options.show, options.rules, kit)


if __name__ == "__main__":
    main()
