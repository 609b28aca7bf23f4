"""One scan of the small corpus: every relation and verdict, and files that agree with each other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import orjson
import pytest
from spine_corpus import CITIES, ODD, RIVER, TAIL, rows, table, write_jsonl

from detector.corpus import scan_to_folder
from detector.report.files import rows as read_table
from detector.settings import Settings
from detector.write import TABLES

FARMS = {f"farm-{i}" for i in range(len(CITIES))}


def documents(folder: Path) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in table(folder, "documents")}


def test_every_file_of_the_contract_is_there_and_no_other(small_run: Path) -> None:
    expected = {f"{name}.jsonl" for name in TABLES} | {"manifest.json", "report.html"}
    assert {path.name for path in small_run.iterdir()} == expected


def test_rows_hold_the_columns_of_the_contract_in_order(small_run: Path) -> None:
    for name, columns in TABLES.items():
        for row in table(small_run, name):
            wanted = [c for c in columns if c != "extra"]
            assert list(row)[: len(wanted)] == wanted, name


def test_every_document_comes_out_once_sorted_by_id(small_run: Path) -> None:
    assert list(documents(small_run)) == sorted(row["id"] for row in rows())


def test_farms_are_found_with_evidence_that_adds_up(small_run: Path) -> None:
    found = documents(small_run)
    assert {i for i, row in found.items() if row["farm"]} == FARMS
    for row in found.values():
        whole = row["repaired"] or row["text"]
        assert row["farm_probability"] == pytest.approx(1 / (1 + 2 ** -row["farm_bits"]), abs=1e-5)
        assert row["kinds"] == sorted({e["kind"] for e in row["evidence"]})
        for item in row["evidence"]:
            assert whole[item["start"] : item["end"]] == item["quote"]
    priors = {round(r["farm_bits"] - sum(e["bits"] for e in r["evidence"]), 3) for r in found.values()}
    assert len(priors) == 1, "bits are the prior and the evidence, and nothing else"
    assert all(len(found[i]["kinds"]) >= 3 for i in FARMS)


def test_relations(small_run: Path) -> None:
    found = documents(small_run)
    assert found["bridge"]["exact_group"] == found["bridge-hant"]["exact_group"] is not None
    assert found["chess"]["near_cluster"] == found["chess-near"]["near_cluster"] is not None
    assert found["river-inner"]["contained_in"] == "river"
    assert len({found[i]["template_family"] for i in FARMS}) == 1
    assert found["tea"]["template_family"] is found["tea"]["near_cluster"] is None
    relations = {(p["a"], p["b"]): p["relation"] for p in table(small_run, "pairs")}
    assert relations["bridge", "bridge-hant"] == "exact"
    assert relations["chess", "chess-near"] == "near"
    assert relations["river-inner", "river"] == "contained"
    assert relations["farm-0", "farm-1"] == "templated"


def test_removed_documents_name_what_stays_in_their_place(small_run: Path) -> None:
    removed = {row["id"]: (row["reason"], row["kept"]) for row in table(small_run, "removed")}
    assert removed == {
        **dict.fromkeys(FARMS, ("farm", None)),
        "bridge-hant": ("exact", "bridge"),
        "chess-near": ("near", "chess"),
        "river-inner": ("contained", "river"),
    }
    found = documents(small_run)
    assert {i for i, row in found.items() if not row["keep"]} == set(removed)
    assert {i: row["reason"] for i, row in found.items()} == {i: removed.get(i, (None,))[0] for i in found}


def test_clusters_and_templates_hold_the_members_that_documents_name(small_run: Path) -> None:
    found = documents(small_run)
    column = {"exact": "exact_group", "near": "near_cluster", "templated": "template_family"}
    clusters = table(small_run, "clusters")
    for row in clusters:
        assert row["members"] == sorted(i for i, d in found.items() if d[column[row["relation"]]] == row["id"])
        assert row["representative"] in row["members"]
    (family,) = table(small_run, "templates")
    assert set(family["members"]) == FARMS
    assert family["id"] in {row["id"] for row in clusters}
    assert any("〔" in line for line in family["skeleton"])
    named = {slot["name"] for slot in family["slots"]}
    assert set(re.findall(r"〔([^〕]+)〕", "".join(family["skeleton"]))) <= named


def test_body_is_free_of_notice_and_tail_and_lines_say_where_it_went(small_run: Path) -> None:
    found = documents(small_run)
    for name in FARMS:
        assert "侵权" not in found[name]["text"]
        assert not any(line in found[name]["text"] for line in TAIL)
    assert found["river"]["text"] == RIVER
    lines = table(small_run, "lines")
    for row in lines:
        document = found[row["document"]]
        whole = document["repaired"] or document["text"]
        inside = document["text"][row["text_start"] : row["text_end"]]
        kept = row["label"] in ("title", "heading", "body")
        assert inside == (whole[row["start"] : row["end"]].strip() if kept else "")
    numbers = [r["line"] for r in lines if r["document"] == "farm-0"]
    assert numbers == sorted(numbers)


def test_unknown_columns_pass_through_beside_ours(small_run: Path) -> None:
    odd = documents(small_run)["odd"]
    assert (odd["farm"], odd["input_farm"], odd["score"], odd["tags"]) == (False, "红星农场", 1.5, ["水", None])
    assert ODD.split("\n")[1] in odd["text"]


def test_sites_count_the_documents(small_run: Path) -> None:
    found = documents(small_run).values()
    for site in table(small_run, "sites"):
        of_host = [row for row in found if row["host"] == site["host"]]
        assert (site["pages"], site["farm_pages"]) == (len(of_host), sum(row["farm"] for row in of_host))


def test_manifest_counts_what_the_files_hold(small_run: Path) -> None:
    manifest = orjson.loads((small_run / "manifest.json").read_bytes())
    counts = manifest["counts"]
    found = documents(small_run).values()
    assert counts["documents"] == len(found)
    assert counts["farm"] == sum(row["farm"] for row in found)
    assert counts["kept"] == sum(row["keep"] for row in found)
    assert counts["removed"] == len(table(small_run, "removed"))
    assert counts["failures"] == 0
    assert len(manifest["rules_digest"]) >= 32
    assert [i["source"] for i in manifest["inputs"]] == ["small.jsonl"]
    assert set(manifest["seconds"]) == {"examine", "settle", "relate", "decide", "write", "report"}
    assert all(value > 0 for value in manifest["peak_memory_mib"].values())


def test_report_needs_no_network(small_run: Path) -> None:
    page = (small_run / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//""", page)
    assert "@import" not in page


def test_parquet_holds_the_same_as_json_lines(tmp_path: Path, small_run: Path, small_input: Path) -> None:
    scan_to_folder([small_input], tmp_path, Settings(), form="parquet")
    assert (tmp_path / "documents.parquet").exists()
    for name in TABLES:
        plain, packed = list(read_table(small_run, name)), list(read_table(tmp_path, name))
        assert len(plain) == len(packed), name
        for one, two in zip(plain, packed, strict=True):
            assert {**two, **(two.get("extra") or {}), "extra": None} == {**one, "extra": None}


def test_second_run_into_the_folder_leaves_nothing_of_the_first(tmp_path: Path, small_input: Path) -> None:
    out = tmp_path / "out"
    scan_to_folder([small_input], out, Settings())
    one = write_jsonl(tmp_path / "one.jsonl", rows()[:1])
    scan_to_folder([one], out, Settings(), form="parquet")
    names = {path.name for path in out.iterdir()}
    assert names == {f"{n}.{'jsonl' if n in ('failures', 'removed') else 'parquet'}" for n in TABLES} | {
        "manifest.json",
        "report.html",
    }
    assert len(list(read_table(out, "documents"))) == 1


@pytest.mark.parametrize("keep_farms", [False, True])
def test_settings_change_what_stays(tmp_path: Path, small_input: Path, keep_farms: bool) -> None:
    settings = Settings(keep_farms=keep_farms, keep="earliest", prefer_hosts=("copy.example",), family_share=0.4)
    scan_to_folder([small_input], tmp_path, settings)
    removed = {row["id"]: (row["reason"], row["kept"]) for row in table(tmp_path, "removed")}
    assert removed["bridge"] == ("exact", "bridge-hant")
    templated = [i for i in FARMS if removed.get(i, ("",))[0] == "templated"]
    assert len(templated) == (3 if keep_farms else 0)


def test_nothing_to_read_gives_a_whole_empty_run(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_bytes(b"")
    manifest = scan_to_folder([tmp_path / "empty.jsonl"], tmp_path / "out", Settings())
    assert manifest["counts"]["documents"] == 0
    assert table(tmp_path / "out", "documents") == []
