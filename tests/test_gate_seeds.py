"""Pinned floors of quality: what a scan of the seeds, of the samples and of honest sets must at least reach.

A change that lowers a floor has to say so here.
"""

from __future__ import annotations

import gzip
import itertools
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from detector.corpus import scan_to_folder
from detector.report.files import rows
from detector.settings import Settings
from tools import check_samples

REPOSITORY = Path(__file__).resolve().parents[1]
FAMILY = ("000", "001", "002", "003")
GLOSS = re.compile(r"[\u4e00-\u9fff]\([a-zü]*[āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ][a-zü]*\)")
MIN_LABELS_RIGHT = 0.99
MAX_FARM_SHARE = 0.002
HONEST_DOCUMENTS = 400  # of each set, from the start: the whole sets are measured by bench/spine.py


@pytest.fixture(scope="module")
def seed_run(shared_seeds: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("seeds") / "out"
    scan_to_folder([shared_seeds], out, Settings())
    return out


@pytest.fixture(scope="module")
def seeds(seed_run: Path) -> dict[str, dict[str, Any]]:
    """The documents of the scan by the first three digits of their names."""
    return {row["id"][:3]: dict(row) for row in rows(seed_run, "documents")}


@pytest.fixture(scope="module")
def gold(shared_seeds: Path) -> dict[tuple[str, int], list[str]]:
    lines = (shared_seeds.parent / "gold" / "seed-lines.tsv").read_text(encoding="utf-8").splitlines()
    cells = [line.split("\t") for line in lines if not line.startswith("#")]
    return {(name, int(number)): labels.split("|") for name, number, labels in cells}


@pytest.fixture(scope="module")
def labels(seed_run: Path) -> dict[tuple[str, int], str]:
    return {(row["document"], row["line"]): row["label"] for row in rows(seed_run, "lines")}


def test_seeds_of_one_outline_are_one_family(seeds: dict[str, dict[str, Any]], seed_run: Path) -> None:
    assert len({seeds[name]["template_family"] for name in FAMILY}) == 1
    assert seeds["000"]["template_family"] is not None
    assert seeds["004"]["template_family"] is None
    assert {row["relation"] for row in rows(seed_run, "pairs")} == {"templated"}


def test_names_of_the_family_fill_one_slot(seed_run: Path, seeds: dict[str, dict[str, Any]]) -> None:
    (family,) = rows(seed_run, "templates")
    titles = [seeds[name]["title"] for name in FAMILY]
    filled = [[value for value, _ in slot["values"]] for slot in family["slots"]]
    assert any(len(v) == len(titles) and all(any(t.startswith(x) for x in v) for t in titles) for v in filled)


def test_every_seed_is_a_farm_for_three_kinds_of_reasons(seeds: dict[str, dict[str, Any]]) -> None:
    assert {name: row["farm"] and len(row["kinds"]) >= 3 for name, row in seeds.items()} == dict.fromkeys(seeds, True)


def test_lines_of_the_seeds_have_the_labels_that_a_person_gave(
    gold: dict[tuple[str, int], list[str]], labels: dict[tuple[str, int], str]
) -> None:
    right = sum(labels.get(place) in wanted for place, wanted in gold.items())
    assert right / len(gold) >= MIN_LABELS_RIGHT
    wrong = {p: labels.get(p) for p, wanted in gold.items() if wanted[0] in ("related", "spam", "disclaimer")}
    assert {p: label for p, label in wrong.items() if label not in gold[p]} == {}


def test_numbered_headings_of_the_family_are_in_the_outline(
    gold: dict[tuple[str, int], list[str]], labels: dict[tuple[str, int], str]
) -> None:
    headings = [place for place, wanted in gold.items() if wanted == ["heading"] and place[0][:3] in FAMILY]
    assert [place for place in headings if labels[place] != "heading"] == []


def test_body_of_the_seeds_is_clean(
    seeds: dict[str, dict[str, Any]], gold: dict[tuple[str, int], list[str]], shared_seeds: Path
) -> None:
    for row in seeds.values():
        kept = set(row["text"].splitlines())
        raw = (shared_seeds / row["id"]).read_text(encoding="utf-8").splitlines()
        repaired = (row["repaired"] or row["text"]).split("\n")
        stripped = [n for (name, n), wanted in gold.items() if name == row["id"] and wanted[0] not in BODY]
        again = Counter(line.strip() for line in raw)
        left = [repaired[n - 1] for n in stripped if repaired[n - 1] in kept and again[raw[n - 1].strip()] == 1]
        assert left == []
        assert GLOSS.search(row["text"]) is None


BODY = ("title", "heading", "body")


def test_scan_of_the_samples_finds_what_is_in_them(tmp_path: Path) -> None:
    scan_to_folder([REPOSITORY / "samples" / "corpus"], tmp_path / "out", Settings())
    expected = orjson.loads(check_samples.EXPECTED.read_bytes())
    assert list(check_samples.wrong(tmp_path / "out", expected)) == []


@pytest.mark.parametrize("name", ["crud_rag_news", "thucnews_1k", "drcd_zh_hant", "laws", "literature", "howtocook"])
def test_honest_articles_are_no_farms_and_keep_their_text(name: str, shared_data: Path, tmp_path: Path) -> None:
    path = shared_data / f"{name}.jsonl.gz"
    if not path.exists():
        pytest.skip(f"no {path.name} in {os.fspath(shared_data)}")
    with gzip.open(path, "rb") as lines:
        (tmp_path / "part.jsonl").write_bytes(b"".join(itertools.islice(lines, HONEST_DOCUMENTS)))
    scan_to_folder([tmp_path / "part.jsonl"], tmp_path / "out", Settings())
    documents = list(rows(tmp_path / "out", "documents"))
    assert sum(row["farm"] for row in documents) <= MAX_FARM_SHARE * len(documents)
    kept, whole = (sum(counts) for counts in zip(*_lengths(documents), strict=True))
    assert kept >= 0.998 * whole


def _lengths(documents: list[Any]) -> Iterator[tuple[int, int]]:
    for row in documents:
        yield len(row["text"].strip()), len((row["repaired"] or row["text"]).strip())
