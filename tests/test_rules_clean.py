"""Over honest text every strong rule is silent, but for the hits listed with a reason in tests/data/rules/clean_hits.tsv."""

from __future__ import annotations

import csv
import gzip
import json
import os
from pathlib import Path

import pytest

from detector.article import label
from detector.judge.score import score
from detector.judge.signals import document_evidence
from detector.kit import make_kit
from detector.settings import Settings
from detector.template.outline import outline
from detector.types import Document, Record

HERE = Path(__file__).resolve()
DATA = Path(os.environ.get("DETECTOR_DATA", HERE.parents[1].parent / "shared" / "data"))
LISTED = HERE.parent / "data" / "rules" / "clean_hits.tsv"
STRONG_BITS = 4.0  # a rule of this weight needs only one companion to make a farm
SETS = ("laws", "howtocook", "thucnews_1k", "literature", "zh_hant_misc", "drcd_zh_hant")
MAX_DOCUMENTS = 300  # of each set: the whole suite has to run in seconds
MAX_FARM_SHARE = 0.002

KIT = make_kit(Settings())


def listed() -> dict[tuple[str, str, str], str]:
    with LISTED.open(encoding="utf-8") as lines:
        rows = csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t")
        return {(row["rule"], row["set"], row["id"]): row["reason"] for row in rows}


def documents_of(name: str) -> list[Document]:
    path = DATA / f"{name}.jsonl.gz"
    if not path.exists():
        pytest.skip(f"{path} is absent; set DETECTOR_DATA to the folder of the development sets")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for _, line in zip(range(MAX_DOCUMENTS), lines, strict=False)]
    records = [Record(row["id"], name, row["text"], title=row.get("title")) for row in rows]
    return [made for made in label(records, KIT) if isinstance(made, Document)]


def test_every_listed_hit_has_a_reason_and_a_rule() -> None:
    for (rule, _, _), reason in listed().items():
        assert KIT.rules.get(rule).id == rule
        assert len(reason) >= 10


@pytest.mark.parametrize("name", SETS)
def test_strong_rules_are_silent_on_honest_text(name: str) -> None:
    known = listed()
    documents = documents_of(name)
    unexpected, farms = [], 0
    for document in documents:
        evidence = document_evidence(document, outline(document), KIT.rules)
        farms += score(evidence, KIT.settings).farm
        unexpected += [
            (item.rule, name, document.id, item.quote[:40])
            for item in evidence
            if item.bits >= STRONG_BITS and (item.rule, name, document.id) not in known
        ]
    assert unexpected == []
    assert farms <= MAX_FARM_SHARE * len(documents)
