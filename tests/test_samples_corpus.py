"""The samples are whole: manifest, expected findings and files agree, and nothing in them is anyone else's."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "samples"
CORPUS = SAMPLES / "corpus"
SEEDS = ROOT.parent / "shared" / "seeds"
MAX_BYTES = 600_000
COPIED_CHARS = 10  # so many characters in a row that also stand in a seed would be a copy
GLOSS = re.compile(r"\([^\W\d_]{1,6}\)")

sys.path.insert(0, str(ROOT / "tools"))
pytest.importorskip("opencc")
pytest.importorskip("pypinyin")
from make_samples import collect, write_corpus  # noqa: E402  (the tools are no package)


def manifest() -> list[dict[str, str]]:
    with (SAMPLES / "MANIFEST.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def expected() -> dict[str, list[object]]:
    findings: dict[str, list[object]] = json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))
    return findings


def plain(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def lines_of(path: Path) -> list[str]:
    return GLOSS.sub("", path.read_text(encoding="utf-8")).splitlines()


def ids_in_files() -> set[str]:
    found: set[str] = set()
    for path in sorted(p for p in CORPUS.rglob("*") if p.is_file()):
        if ".jsonl" in path.name:
            found |= {json.loads(line)["id"] for line in plain(path).splitlines()}
        elif path.suffix == ".csv":
            found |= {row["id"] for row in csv.DictReader(io.StringIO(plain(path).decode()))}
        else:
            found.add(path.relative_to(CORPUS).as_posix())
    return found


def test_manifest_lists_every_document_once() -> None:
    ids = [row["document"] for row in manifest()]
    assert len(ids) == len(set(ids)) == expected()["documents"]
    assert set(ids) == ids_in_files()


def test_every_document_has_one_expected_verdict() -> None:
    findings = expected()
    verdicts = [*findings["farm"], *findings["not_farm"], *findings["undecided"]]
    assert sorted(map(str, verdicts)) == sorted(row["document"] for row in manifest())


def test_relations_name_documents_that_exist() -> None:
    ids = {row["document"] for row in manifest()}
    assert {row["of"] for row in manifest()} - {""} <= ids
    for family in json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))["families"]:
        assert {*family["members"], *family["copies"]} <= ids
        assert len(family["members"]) >= 4


def test_contained_articles_stand_whole_in_the_longer_one() -> None:
    texts = {sample.id: sample.text for sample in collect(SAMPLES / "sources")}
    pairs = json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))["contained"]
    assert len(pairs) == 2
    assert all(texts[pair["inner"]] in texts[pair["outer"]] for pair in pairs)


def test_samples_are_what_the_script_makes(tmp_path: Path) -> None:
    sources = SAMPLES / "sources"
    write_corpus(tmp_path / "corpus", sources, collect(sources))
    made = {p.relative_to(tmp_path / "corpus"): plain(p) for p in (tmp_path / "corpus").rglob("*") if p.is_file()}
    kept = {p.relative_to(CORPUS): plain(p) for p in CORPUS.rglob("*") if p.is_file()}
    assert made == kept


def test_broken_input_is_broken_and_outside_the_corpus() -> None:
    with pytest.raises(EOFError):
        gzip.decompress((SAMPLES / "broken" / "truncated.txt.gz").read_bytes())


def test_samples_stay_small() -> None:
    assert sum(p.stat().st_size for p in SAMPLES.rglob("*") if p.is_file()) < MAX_BYTES


@pytest.mark.parametrize("folder", ["samples/sources", "tests/data/unseen"])
def test_no_text_of_a_seed_was_copied(folder: str) -> None:
    if not SEEDS.is_dir():
        pytest.skip("../shared/seeds is absent")
    seeds = [line for path in SEEDS.glob("*.txt") for line in lines_of(path)]
    grams = {line[at : at + COPIED_CHARS] for line in seeds for at in range(len(line) - COPIED_CHARS + 1)}
    for path in (p for p in (ROOT / folder).rglob("*") if p.is_file()):
        for line in lines_of(path):
            own = {line[at : at + COPIED_CHARS] for at in range(len(line) - COPIED_CHARS + 1)}
            copied = {gram for gram in own & grams if any("\u4e00" <= char <= "\u9fff" for char in gram)}
            assert not copied, f"{path.name}: {sorted(copied)}"
