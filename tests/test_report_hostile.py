"""Text of hostile pages in every field: nothing gets out of its place, and the page stays small."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import fake_run
import pytest
from fake_run import document, write_run
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from detector.report import render

NASTY = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "{{ 7 * 7 }}{% raw %}",
    "]]>--><!--",
    "</title></style>&lt;&amp;",
    "\u202e外反\u2066\u2069",
    "\x00\x1b[31m\x07\x9b",
    "\ud800一\udfff",
    "　\u3000\ufeff\u200b",
)


def poisoned(value: Any, text: str) -> Any:
    """`value` with every string in it, keys left out, replaced by `text`."""
    if isinstance(value, dict):
        return {key: poisoned(item, text) for key, item in value.items()}
    if isinstance(value, list):
        return [poisoned(item, text) for item in value]
    return text if isinstance(value, str) else value


def poisoned_run(folder: Path, text: str) -> Path:
    """A run with `text` wherever words stand, but for the names that hold rows together."""
    write_run(folder)
    for name, rows in fake_run.tables().items():
        lines = []
        for row in rows:
            kept = {key: row[key] for key in ("relation", "label") if key in row}
            lines.append(json.dumps({**poisoned(row, text), **kept}))
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    manifest = poisoned(fake_run.manifest(), text)
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def clean_tags(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    page = render(write_run(tmp_path_factory.mktemp("clean")))
    return {node.tag for node in html.document_fromstring(page).iter() if isinstance(node.tag, str)}


@pytest.mark.parametrize("text", NASTY)
def test_no_field_adds_markup(tmp_path: Path, clean_tags: set[str], text: str) -> None:
    page = render(poisoned_run(tmp_path, text))
    page.encode("utf-8")
    tree = html.document_fromstring(page)
    assert {node.tag for node in tree.iter() if isinstance(node.tag, str)} <= clean_tags
    assert len(tree.findall(".//script")) == 1
    assert not tree.xpath("//@onerror | //@onload | //comment()")
    assert all(link.startswith("#") for link in tree.xpath("//@href"))


@pytest.mark.parametrize("text", NASTY)
def test_nothing_invisible_reaches_the_page(tmp_path: Path, text: str) -> None:
    page = render(poisoned_run(tmp_path, text))
    assert not set(page) & set("\x00\x07\x1b\x7f\x9b\u202e\u2066\u2069\u200b\ufeff\ud800\udfff")


def test_direction_marks_are_spelled_out(tmp_path: Path) -> None:
    page = render(write_run(tmp_path, {"documents": [document("a", "正文", title="好\u202e文")]}))
    assert "好[U+202E]文" in page


ROWS = st.lists(st.tuples(st.text(max_size=40), st.text(max_size=200), st.text(max_size=30)), min_size=1, max_size=30)


@settings(max_examples=8, deadline=None)
@given(ROWS)
def test_any_text_survives(tmp_path_factory: pytest.TempPathFactory, texts: list[tuple[str, str, str]]) -> None:
    rows = [document(f"{n}", text, title=title, host=host) for n, (title, text, host) in enumerate(texts)]
    folder = tmp_path_factory.mktemp("any")
    page = render(write_run(folder, {name: [] for name in fake_run.tables()} | {"documents": rows}))
    tree = html.document_fromstring(page)
    assert len(tree.xpath("//section[@id='documents']//tbody/tr")) == len(rows)


def test_long_text_in_every_field_does_not_swell_the_page(tmp_path: Path) -> None:
    page = render(poisoned_run(tmp_path, "山" * 10_000))
    assert len(page) < 400_000
    assert "characters)" in page


def test_title_of_a_megabyte_is_clipped(tmp_path: Path) -> None:
    rows = [document("a", "正文", title="山" * 1_000_000, host="水" * 1_000_000)]
    page = render(write_run(tmp_path, {"documents": rows}))
    assert "山" * 120 + "… (+999,880 characters)" in page
    assert len(page) < 100_000


def test_span_outside_the_text_shows_the_quote_alone(tmp_path: Path) -> None:
    wrong = {"rule": "r", "kind": "k", "bits": 9.0, "start": 900, "end": 910, "quote": "最新文章", "facts": {}}
    row = document("a", "一段正文。", farm=True, farm_bits=6.0, farm_probability=0.98, evidence=[wrong])
    tree = html.document_fromstring(render(write_run(tmp_path, {"documents": [row]})))
    assert [mark.text for mark in tree.iterfind(".//mark")] == ["最新文章"]


def test_slot_marks_in_a_value_are_no_slots(tmp_path: Path) -> None:
    rows = fake_run.tables()["templates"]
    rows[0]["skeleton"] = ["〔〕〔1〔2〕", "〔" * 50]
    assert "〔2〕" in render(write_run(tmp_path, {"templates": rows}))
