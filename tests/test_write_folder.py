"""Rows into files: whole or not at all, JSON lines and Parquet alike."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.errors import OutputError
from detector.report.files import rows as read_table
from detector.rows import Decision, Membership, document_row, line_rows, removed_row
from detector.types import Document, Evidence, Hole, Line, Repair, Verdict
from detector.write import TABLES, OutputFolder, encode, rounded

PAIR = {"a": "x", "b": "y", "relation": "near", "jaccard": 0.9, "containment": None, "outline": None, "facts": {"n": 1}}
MANIFEST = b'{"rules_digest": "0"}'
EVIDENCE = Evidence("r", "k", 1.0000004, 0, 2, "茶园", {"n": 2})
VERDICT = Verdict(True, 0.75, 1.5849625, 0.5, ("k",), (EVIDENCE,))


def document(extra: Mapping[str, Any] | None = None) -> Document:
    source = "茶园里\n关注我们\n雾还没有散"
    lines = (Line(1, 0, 3, "title"), Line(2, 4, 8, "promotion", ("promo",)), Line(3, 9, 14, "body"))
    repairs, holes = (Repair("gloss", 1, "茶(chá)", "茶", 0),), (Hole(1, 2, "园"),)
    return Document("d", "s.jsonl", source, "茶园里\n雾还没有散", lines, repairs, holes, extra=extra or {}, chars_in=20)


def full_row(extra: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return document_row(document(extra), "d~2", VERDICT, Membership(near_cluster="near-1"), Decision(False, "farm"))


def test_tables_appear_at_the_end_and_the_staging_goes(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    with OutputFolder(out) as folder:
        folder.write_table("pairs", [PAIR])
        folder.write_bytes("manifest.json", MANIFEST)
        assert not (out / "pairs.jsonl").exists()
    assert sorted(p.name for p in out.iterdir()) == ["manifest.json", "pairs.jsonl"]
    assert list(read_table(out, "pairs")) == [PAIR]


@given(st.integers(0, 3), st.sampled_from([ValueError, KeyboardInterrupt, MemoryError]))
def test_exception_leaves_the_folder_as_it_was(step: int, kind: type[BaseException]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as temporary:
        out = Path(temporary) / "out"
        with OutputFolder(out) as folder:
            folder.write_table("pairs", [PAIR])
            folder.write_bytes("manifest.json", MANIFEST)
        before = {p.name: p.read_bytes() for p in out.iterdir()}

        def rows() -> Any:
            yield PAIR
            if step == 1:
                raise kind
            yield PAIR

        def write() -> None:
            with OutputFolder(out) as folder:
                if step == 0:
                    raise kind
                folder.write_table("pairs", rows())
                folder.write_table("failures", [])
                if step == 2:
                    raise kind
                folder.write_bytes("manifest.json", b"[]")
                raise kind

        with pytest.raises(kind):
            write()
        assert {p.name: p.read_bytes() for p in out.iterdir()} == before


def test_second_run_takes_away_the_tables_of_the_first(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with OutputFolder(tmp_path) as folder:
        folder.write_table("pairs", [PAIR])
        folder.write_table("sites", [])
        folder.write_bytes("manifest.json", MANIFEST)
    with OutputFolder(tmp_path, "parquet") as folder:
        folder.write_table("pairs", [PAIR])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["notes.txt", "pairs.parquet"]


def test_what_a_killed_run_left_in_staging_is_dropped(tmp_path: Path) -> None:
    (tmp_path / ".staging" / "sub").mkdir(parents=True)
    (tmp_path / ".staging" / "documents.jsonl").write_text("old")
    with OutputFolder(tmp_path) as folder:
        folder.write_table("pairs", [PAIR])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["pairs.jsonl"]


@pytest.mark.parametrize("manifest", [None, b"[]", b"{broken", b'{"name": "a data set of someone else"}'])
@pytest.mark.parametrize("name", ["documents.jsonl", "removed.jsonl", "lines.parquet", "report.html"])
def test_files_of_someone_else_are_not_written_over(tmp_path: Path, name: str, manifest: bytes | None) -> None:
    (tmp_path / name).write_text("mine")
    if manifest is not None:
        (tmp_path / "manifest.json").write_bytes(manifest)
    before = sorted(p.name for p in tmp_path.iterdir())
    with pytest.raises(OutputError, match="choose another --out"), OutputFolder(tmp_path) as folder:
        folder.write_table("pairs", [PAIR])
    assert (tmp_path / name).read_text() == "mine"
    assert sorted(p.name for p in tmp_path.iterdir()) == before


def test_a_run_that_was_cut_off_while_it_published_can_be_repeated(tmp_path: Path) -> None:
    (tmp_path / ".staging").mkdir()
    (tmp_path / "pairs.jsonl").write_text("half a run")
    with OutputFolder(tmp_path) as folder:
        folder.write_table("pairs", [PAIR])
    assert list(read_table(tmp_path, "pairs")) == [PAIR]


def test_out_that_is_a_file_or_lies_in_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for out in (tmp_path / "file", tmp_path / "file" / "out"):
        with pytest.raises(OutputError, match="choose another --out"), OutputFolder(out):
            pass
    assert (tmp_path / "file").read_text() == "x"


def test_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(OutputError, match="Permission denied"), OutputFolder(tmp_path):
        pass


def test_columns_of_the_input_follow_after_ours_and_never_replace_them() -> None:
    row = full_row({"n": 1, "farm": "红星", "extra": "e", "input_farm": "old", "keep": None})
    assert row["farm"] is True
    assert row["keep"] is False
    assert row["n"] == 1
    others = {k: v for k, v in row.items() if k.startswith("input_")}
    assert others == {"input_input_farm": "红星", "input_farm": "old", "input_extra": "e", "input_keep": None}


def test_document_row_has_the_columns_of_the_table_in_order() -> None:
    assert [*full_row(), "extra"] == list(TABLES["documents"])


@pytest.mark.parametrize("name", ["documents", "lines", "pairs"])
def test_parquet_holds_the_same_rows_as_json_lines(tmp_path: Path, name: str) -> None:
    rows: list[dict[str, Any]] = {
        "documents": [full_row({"n": 1, "s": "茶\u2028\x85\r\n园"}), full_row()],
        "lines": list(line_rows(document(), "d")),
        "pairs": [PAIR, PAIR | {"jaccard": 1}],
    }[name]
    for form in ("jsonl", "parquet"):
        with OutputFolder(tmp_path / form, form) as folder, folder.table(name) as sink:
            sink.write(b"".join(map(encode, rows)))
    plain, packed = (list(read_table(tmp_path / form, name)) for form in ("jsonl", "parquet"))
    assert len(packed) == len(rows)
    for one, two in zip(plain, packed, strict=True):
        assert {**two, **(two.get("extra") or {}), "extra": None} == {**one, "extra": None}


def test_lines_point_into_repaired_and_cleaned_text() -> None:
    made, text = list(line_rows(document(), "d")), document()
    assert [text.text[r["text_start"] : r["text_end"]] for r in made] == ["茶园里", "", "雾还没有散"]
    assert [text.source_text[r["start"] : r["end"]] for r in made] == ["茶园里", "关注我们", "雾还没有散"]
    assert [r["line"] for r in made] == [1, 2, 3]


def test_removed_row_gives_the_rule_or_the_evidence() -> None:
    facts = {"rule": "keep=longest", "jaccard": 0.12345678, "containment": None}
    near = removed_row("a", Decision(False, "near", "b", facts), VERDICT)
    expected = {"rule": "keep=longest", "jaccard": 0.123457, "containment": None}
    assert near == {"id": "a", "reason": "near", "kept": "b", "evidence": [expected]}
    farm = removed_row("a", Decision(False, "farm"), VERDICT)
    assert farm["evidence"][0] | {"bits": 1.0} == farm["evidence"][0]


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e9, max_value=1e9))
def test_rounded_figures_are_equal_after_reading(value: float) -> None:
    assert orjson.loads(orjson.dumps(rounded(value))) == rounded(value)
    assert rounded(None) is None
