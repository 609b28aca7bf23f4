"""The page as a whole: what it says, that it stands alone, and that the same files give the same bytes."""

from __future__ import annotations

import base64
import hashlib
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import fake_run
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fake_run import write_run
from lxml import html

from detector.errors import InputError
from detector.report import render
from detector.rules import load_rules
from detector.write import JSON_COLUMNS


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return render(write_run(tmp_path_factory.mktemp("run")))


@pytest.fixture(scope="module")
def tree(page: str) -> Any:
    return html.document_fromstring(page)


def words(node: Any) -> str:
    return " ".join(node.text_content().split())


def test_summary_says_what_was_read_found_kept_and_removed(tree: Any) -> None:
    summary = words(tree.get_element_by_id("summary"))
    assert "11 documents were read. 6 look like content-farm pages." in summary
    assert "2 documents are kept for the clean corpus, 9 removed." in summary
    assert "1 input could not be processed" in summary


def test_outcomes_add_up_to_the_documents(tree: Any) -> None:
    rows = tree.xpath("//table[@class='legend']/tbody/tr")
    assert [[words(cell) for cell in row] for row in rows] == [
        ["kept", "2", "18 %"],
        ["removed: farm page", "6", "55 %"],
        ["removed: contained in a longer document", "1", "9 %"],
        ["removed: identical to another document", "1", "9 %"],
        ["removed: near-copy of another document", "1", "9 %"],
    ]


def test_every_section_of_the_contract_is_there_and_in_the_navigation(tree: Any) -> None:
    sections = [node.get("id") for node in tree.iterfind(".//main/section")]
    assert sections == [
        *("summary", "farms", "close", "families", "copies", "sites", "documents", "repairs", "lines", "failures"),
        "settings",
    ]
    assert [link.get("href") for link in tree.iterfind(".//nav//a")] == [f"#{name}" for name in sections]


def test_waterfall_goes_from_the_prior_to_the_total(tree: Any) -> None:
    rows = [[words(cell) for cell in row] for row in tree.get_element_by_id("farm-1").iterfind(".//table//tr")]
    assert [(row[0], row[2]) for row in rows[1:]] == [
        ("Before looking", "−3.2"),
        ("Notice free mail", "+4.5"),
        ("Empty tail heading", "+3.0"),
        ("Family of hosts", "+2.4"),
        ("Stock opener", "+1.2"),
        ("Named author", "−0.8"),
        ("Total", "+7.1"),
    ]
    assert rows[-1][1] == "99.3 % likely to be a farm page"


def test_quotes_mark_the_exact_span(tree: Any) -> None:
    marks = [words(mark) for mark in tree.get_element_by_id("farm-1").iterfind(".//mark")]
    assert marks == ["声明：本文由网友投稿", "最新文章", "近年来，随着旅游业的迅猛发展"]


def test_evidence_of_the_corpus_shows_its_facts(tree: Any) -> None:
    facts = [words(item) for item in tree.get_element_by_id("farm-1").iterfind(".//ul/li")]
    assert facts == ["family: family-1", "hosts: 3", "similarity: 0.91"]


def test_family_shows_slots_values_members_and_contacts(tree: Any) -> None:
    family = tree.get_element_by_id("family-1")
    assert [node.get("class") for node in family.iterfind(".//ol//span") if "slot" in node.get("class")] == ["slot s1"] * 4
    text = words(family)
    assert "6 pages on 3 sites" in text
    assert "kefu@example.com × 6" in text
    assert all(city in text for city in fake_run.CITIES)
    assert [node.get("class") for node in family.iterfind(".//ol/li")] == ["d0 title", "d0", "d0", "d1", "d0 optional"]


def test_difference_of_a_near_pair_marks_what_changed(tree: Any) -> None:
    cluster = tree.get_element_by_id("cluster-1")
    assert [words(node) for node in cluster.iterfind(".//del/b")] == ["一", "，需提前一天预约"]
    assert [words(node) for node in cluster.iterfind(".//ins/b")] == ["近", "二"]


def test_links_within_the_page_lead_somewhere(tree: Any) -> None:
    places = set(tree.xpath("//@id"))
    links = tree.xpath("//a/@href")
    assert links
    assert all(link.startswith("#") and link[1:] in places for link in links)


def test_page_asks_nothing_of_the_network(page: str, tree: Any) -> None:
    assert not tree.xpath("//@src | //link | //iframe | //object | //img | //*[@style] | //base")
    assert not re.search(r"url\(|@import|https?://(?!travel|news|paper|copy)", page)


def test_policy_lets_only_the_own_style_and_script_run(page: str, tree: Any) -> None:
    policy = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    assert policy.startswith("default-src 'none'")
    for tag in ("style", "script"):
        source = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert len(source) == 1
        digest = base64.b64encode(hashlib.sha256(source[0].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_tables_have_captions_and_scoped_heads(tree: Any) -> None:
    assert all(table.find("caption") is not None for table in tree.iterfind(".//table"))
    assert all(head.get("scope") in ("col", "row") for head in tree.iterfind(".//th"))
    levels = [int(node.tag[1]) for node in tree.xpath("//h1 | //h2 | //h3 | //h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - level <= 1 or later == 4 for level, later in pairwise(levels))


def test_chinese_is_marked_with_its_script(tree: Any) -> None:
    assert tree.get("lang") == "en"
    hant = [words(node) for node in tree.iterfind(".//span[@lang='zh-Hant']")]
    assert "市圖書館夜間開放首週迎來兩千名讀者" in hant


def test_same_files_give_the_same_page(tmp_path: Path, page: str) -> None:
    assert render(write_run(tmp_path)) == page


def test_timings_and_workers_do_not_change_the_page(tmp_path: Path, page: str) -> None:
    settings = fake_run.manifest()["settings"] | {"workers": 16, "engine": "cluster"}
    other = {"started": "2031-01-01", "seconds": {"read": 99}, "peak_memory_mib": {}, "settings": settings}
    assert render(write_run(tmp_path, settings=other)) == page


def test_order_of_groups_and_pairs_in_the_files_does_not_change_the_page(tmp_path: Path, page: str) -> None:
    changed = {name: rows[::-1] for name, rows in fake_run.tables().items() if name not in ("lines", "documents")}
    assert render(write_run(tmp_path, changed)) == page


def test_parquet_gives_the_same_page(tmp_path: Path, page: str) -> None:
    run = write_run(tmp_path)
    for name, rows in fake_run.tables().items():
        if name in ("failures", "removed"):
            continue
        flat = [
            {key: orjson.dumps(value).decode() if key in JSON_COLUMNS else value for key, value in row.items()} for row in rows
        ]
        pq.write_table(pa.Table.from_pylist(flat), run / f"{name}.parquet")
        (run / f"{name}.jsonl").unlink()
    assert render(run) == page


def test_run_without_anything_is_drawn(tmp_path: Path) -> None:
    empty = render(write_run(tmp_path, {name: [] for name in fake_run.tables()}))
    text = words(html.document_fromstring(empty))
    assert "0 documents were read. 0 documents are kept" in text
    assert "No copies were found." in text
    assert "Every input was processed." in text


def test_folder_with_a_manifest_alone_is_drawn(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_bytes(b"{}")
    assert "0 documents were read" in render(tmp_path)


def test_folder_without_a_run_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no manifest\.json"):
        render(tmp_path)


def test_damaged_row_is_an_error_that_names_file_and_line(tmp_path: Path) -> None:
    run = write_run(tmp_path)
    with (run / "pairs.jsonl").open("ab") as file:
        file.write(b'{"a": "news-1", "b')
    with pytest.raises(InputError, match=r"pairs\.jsonl:4: "):
        render(run)


def test_what_is_left_out_is_counted(tmp_path: Path) -> None:
    farms = [fake_run.farm_row("青河", number) for number in range(130)]
    page = words(html.document_fromstring(render(write_run(tmp_path, {"documents": farms}))))
    assert "Showing 100 of 130; the rest is in documents.jsonl." in page


def test_documents_table_leaves_room_for_every_outcome(tmp_path: Path) -> None:
    farms = [fake_run.document(f"f{n}", "一", farm=True, farm_bits=5.0, keep=False, reason="farm") for n in range(1500)]
    kept = [fake_run.document(f"k{n}", "二") for n in range(1500)]
    near = [fake_run.document(f"n{n}", "三", keep=False, reason="near") for n in range(30)]
    tree = html.document_fromstring(render(write_run(tmp_path, {"documents": farms + kept + near})))
    ids = [words(node)[0] for node in tree.xpath("//section[@id='documents']//tbody//td[1]")]
    assert (ids.count("f"), ids.count("n"), ids.count("k")) == (770, 30, 200)
    assert "Showing 1,000 of 3,030" in words(tree.get_element_by_id("documents"))


def test_repairs_show_what_changed_and_the_line_as_it_is_now(tree: Any) -> None:
    rows = [[words(cell) for cell in row] for row in tree.xpath("//section[@id='repairs']//tbody/tr")]
    assert rows == [
        [
            "週(zhōu)一",
            "週一",
            "本報訊 市圖書館從週一起把閉館時間推遲到晚上十點。首週夜間共有兩千一百人次入館。",
            "市圖書館夜間開放首週迎來兩千名讀者, line 2",
        ]
    ]


def test_rules_that_judged_give_their_names_and_reasons(tmp_path: Path) -> None:
    rules = load_rules()
    rule = rules.get("notice-free-mail")
    same = render(write_run(tmp_path / "same", settings={"rules_digest": rules.digest}))
    assert rule.name in words(html.document_fromstring(same).get_element_by_id("farm-1"))
    changed = render(write_run(tmp_path / "changed", settings={"rules_digest": "0" * 32}))
    assert rule.name not in words(html.document_fromstring(changed).get_element_by_id("farm-1"))


def test_page_carries_the_variants_that_its_search_folds(tree: Any) -> None:
    pairs = tree.find("body").get("data-variants")
    found = dict(zip(pairs[::2], pairs[1::2], strict=True))
    assert found["圖"] == "图"
    assert found["書"] == "书"
    assert "图" not in found


def test_rule_notes_of_the_manifest_are_shown(tmp_path: Path) -> None:
    notes = {"rules": {"notice-free-mail": {"name": "Notice with a free mailbox", "why": "Publishers have their own."}}}
    card = words(html.document_fromstring(render(write_run(tmp_path, settings=notes))).get_element_by_id("farm-1"))
    assert "Notice with a free mailbox" in card
    assert "Publishers have their own." in card


def test_failures_are_grouped_by_reason(tmp_path: Path) -> None:
    rows = [{"source": f"p{n:02}.html", "stage": "read", "reason": "cut short"} for n in range(40)]
    rows.append({"source": "x.gz", "stage": "decode", "reason": "no text"})
    tree = html.document_fromstring(render(write_run(tmp_path, {"failures": rows})))
    found = [[words(cell) for cell in row] for row in tree.xpath("//section[@id='failures']//tbody/tr")]
    assert [row[:3] for row in found] == [["cut short", "read", "40"], ["no text", "decode", "1"]]
    assert found[0][3].startswith("p00.html, p01.html, ")
    assert found[0][3].endswith("and 28 more, in failures.jsonl")
    assert "41 inputs could not be processed" in words(tree.get_element_by_id("summary"))
