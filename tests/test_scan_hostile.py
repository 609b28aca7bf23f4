"""A scan of everything that can be wrong: what can't be read is listed, all else comes out."""

from __future__ import annotations

import gzip
import importlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest
from spine_corpus import ARTICLES, rows, table, write_jsonl

from detector.corpus import scan_to_folder
from detector.errors import InputError, OutputError
from detector.settings import Settings
from detector.types import Record

TEA = ARTICLES["tea"]


def scan(inputs: Any, out: Path, **settings: Any) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """(documents by id, reasons of failures by source)"""
    scan_to_folder(inputs, out, Settings(**settings))
    found = {row["id"]: row for row in table(out, "documents")}
    return found, {row["source"]: row["reason"] for row in table(out, "failures")}


def test_folder_of_damage(tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    page = f"<html><head><meta charset=utf-8><title>茶</title></head><body><p>{TEA}</p></body></html>"
    files: dict[str, bytes] = {
        "big5.txt": "閱覽室的燈只開有人坐的那一半，飲水機照常供水，自習的座位要提前一天在網上預約。".encode("big5"),
        "binary.txt": bytes(range(256)) * 40,
        "cut.jsonl.gz": gzip.compress(
            b"".join(orjson.dumps({"id": f"c{i}", "text": f"{i} {TEA}"}) + b"\n" for i in range(200))
        )[:-40],
        "deep.html": b"<div>" * 10_000 + TEA.encode() + b"</div>" * 10_000,
        "empty.html": b"",
        "empty.txt": b"",
        "gbk.html": page.encode("gb18030"),
        "nul.txt": TEA.replace("山", "山\0").encode(),
        "entities.html": b"<p>&#xD800;&#0;&#x110000;&nbsp;" + TEA.encode() + b"</p>",
        "open.html": b"<p>" + TEA.encode() + b"<table><tr><script>if (a < b",
        "rows.csv": f'id,text\nr1,"{TEA}"\nr2\n'.encode("gb18030"),
        "one.json": orjson.dumps({"id": "j1", "text": TEA}),
        "bad.jsonl": b'{"id": "b1", "text": "x\n' + b"[1]\n" + orjson.dumps({"id": "b2", "text": TEA}) + b"\n",
        "no.parquet": b"PAR1",
    }
    for name, data in files.items():
        (pages / name).write_bytes(data)
    found, failed = scan([pages], tmp_path / "out")
    for name in ("big5.txt", "deep.html", "gbk.html", "nul.txt", "entities.html", "open.html", "r1", "j1", "b2", "c0", "c100"):
        assert name in found, (name, failed)
    assert "預約" in found["big5.txt"]["text"]
    for name in ("deep.html", "gbk.html", "r1"):
        assert "竹篓" in (found[name]["repaired"] or found[name]["text"]), name
    assert {"binary.txt", "cut.jsonl.gz", "no.parquet", "bad.jsonl:1", "bad.jsonl:2", "rows.csv:3"} <= set(failed)
    assert "cut short" in failed["cut.jsonl.gz"]


def test_surrogates_in_every_column_and_in_names(tmp_path: Path) -> None:
    line = b'{"id": "\\ud800", "text": "' + TEA.replace("\n", " ").encode() + b'\\udfff", "url": "http://\\udc00.example/", '
    line += b'"title": "\\ud83d", "date": "\\ud83d", "\\ud800": "\\udfff"}\n'
    (tmp_path / "a.jsonl").write_bytes(line + b'{"\\ud800": 1}\n')
    found, failed = scan([tmp_path / "a.jsonl"], tmp_path / "out")
    assert len(found) == 1
    assert list(failed) == ["a.jsonl:2"]


@pytest.mark.skipif(os.name != "posix", reason="only POSIX has file names that are no text")
def test_file_name_that_is_no_text(tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    with open(os.fsencode(pages) + b"/\xb2\xe8.txt", "wb") as file:
        file.write(TEA.encode())
    found, failed = scan([pages], tmp_path / "out")
    assert len(found) == 1
    assert failed == {}


def test_ids_are_made_unique_whatever_the_order(tmp_path: Path) -> None:
    documents = [{"id": 7, "text": TEA}, {"id": "7", "text": ARTICLES["chess"]}, {"id": "7~2", "text": ARTICLES["bridge"]}]
    texts = []
    for number, order in enumerate((documents, documents[::-1])):
        found, _ = scan([write_jsonl(tmp_path / "a.jsonl", order)], tmp_path / str(number))
        assert sorted(found) == ["7", "7~2", "7~3"]
        texts.append({i: row["text"] for i, row in found.items()})
    assert texts[0] == texts[1]


def test_rows_without_id_get_one_from_their_content(tmp_path: Path) -> None:
    same = [{"text": TEA}, {"text": TEA}, {"text": ARTICLES["chess"]}]
    found, _ = scan([write_jsonl(tmp_path / "a.jsonl", same)], tmp_path / "out")
    assert len(found) == 3
    assert sum(name.endswith("~2") for name in found) == 1


def test_same_name_in_two_folders_and_one_file_named_twice(tmp_path: Path) -> None:
    for folder, text in (("one", TEA), ("two", ARTICLES["chess"])):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.txt").write_text(text, encoding="utf-8")
    found, _ = scan([tmp_path / "one", tmp_path / "two", tmp_path / "one" / "a.txt"], tmp_path / "out")
    assert sorted(found) == ["a.txt", "a.txt~2"]


def test_document_over_the_limit_is_listed(tmp_path: Path) -> None:
    found, failed = scan(
        [write_jsonl(tmp_path / "a.jsonl", [{"text": TEA * 50}, {"id": "ok", "text": TEA}])], tmp_path / "out", max_bytes=5000
    )
    assert list(found) == ["ok"]
    assert "max_bytes = 5000" in failed["a.jsonl:1"]


def broken_for(culprit: str | tuple[str, ...], real: Any) -> Any:
    """`real`, but for one document: for a batch that holds it where it takes batches."""

    def step(first: Any, *more: Any) -> Any:
        items = first if isinstance(first, list | tuple) else [first]
        if any(str(getattr(item, "id", item)).startswith(culprit) for item in items):
            raise RuntimeError(f"hostile \ud800 {culprit}")
        return real(first, *more)

    return step


@pytest.mark.parametrize(
    ("stage", "name"),
    [
        ("parse", "article._source"),
        ("repair", "article.repair_batch"),
        ("label", "article.label_texts"),
        ("fingerprint", "fingerprint._row"),
    ],
)
def test_one_document_that_breaks_a_stage_fails_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_input: Path, stage: str, name: str
) -> None:
    module, function = name.split(".")
    place = importlib.import_module(f"detector.{module}")
    monkeypatch.setattr(place, function, broken_for(("library", ARTICLES["library"][:20]), getattr(place, function)))
    scan_to_folder([small_input], tmp_path, Settings())
    (failure,) = table(tmp_path, "failures")
    assert (failure["source"], failure["stage"]) == ("small.jsonl#library", stage)
    assert "RuntimeError: hostile" in failure["reason"]
    assert len(table(tmp_path, "documents")) == len(rows()) - 1


def test_interrupt_leaves_the_folder_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_input: Path) -> None:
    out = tmp_path / "out"
    scan_to_folder([small_input], out, Settings())
    before = {p.name: p.read_bytes() for p in out.iterdir()}

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    for where in ("detector.corpus.relate", "detector.corpus.render", "detector.tasks.examine"):
        with monkeypatch.context() as patch:
            patch.setattr(where, stop)
            with pytest.raises(KeyboardInterrupt):
                scan_to_folder([small_input], out, Settings())
        assert {p.name: p.read_bytes() for p in out.iterdir() if p.is_file()} == before
        assert not (out / ".staging").exists()


def test_results_in_a_folder_that_is_scanned_are_no_input(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEA, encoding="utf-8")
    for _ in range(2):
        found, failed = scan([tmp_path], tmp_path / "result")
        assert (list(found), failed) == (["a.txt"], {})
    with pytest.raises(InputError, match="earlier run"):
        scan([tmp_path / "result"], tmp_path / "result")
    assert "a.txt" in scan([tmp_path / "result" / "documents.jsonl"], tmp_path / "again")[0]


def test_out_that_is_a_file(tmp_path: Path, small_input: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(OutputError, match="choose another --out"):
        scan_to_folder([small_input], tmp_path / "out", Settings())
    assert (tmp_path / "out").read_text() == "mine"


def test_input_that_is_missing_makes_no_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        scan_to_folder([tmp_path / "nowhere"], tmp_path / "out", Settings())
    assert not (tmp_path / "out").exists()


def kill_on_library(batch: Sequence[Record], here: Any) -> Any:
    from detector.corpus import examine_shard

    if any(record.id == "library" for record in batch):
        os._exit(9)
    return examine_shard(batch, here)


def test_worker_that_dies_costs_the_one_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_run: Path) -> None:
    chosen = {row["id"]: row for row in rows() if row["id"] in ("tea", "library", "odd")}
    source = write_jsonl(tmp_path / "small.jsonl", list(chosen.values()))
    monkeypatch.setattr("detector.corpus.BATCH_DOCUMENTS", 1)
    monkeypatch.setattr("detector.corpus.examine_shard", kill_on_library)
    scan_to_folder([source], tmp_path / "out", Settings(), workers=2)
    (failure,) = table(tmp_path / "out", "failures")
    assert (failure["source"], failure["stage"]) == ("small.jsonl#library", "examine")
    assert "worker process died" in failure["reason"]
    others = [row for row in table(small_run, "documents") if row["id"] in ("tea", "odd")]
    assert table(tmp_path / "out", "documents") == others
