"""The library: clean, judge, scan."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from spine_corpus import ARTICLES, RIVER, farm_text, rows, table

import detector
from detector.errors import DecodeError, DetectorError, InputError
from detector.settings import Settings
from detector.types import Document, Verdict

TEA = ARTICLES["tea"]


def test_clean_text_comes_back_as_it_is() -> None:
    made = detector.clean(RIVER)
    assert isinstance(made, Document)
    assert (made.text, made.source_text, made.repairs, made.script) == (RIVER, RIVER, (), "hans")


def test_page_is_known_by_its_markup_and_bytes_are_decoded() -> None:
    page = f"<html><head><title>茶</title></head><body><div class=nav><a href=/>首页</a></div><p>{TEA}</p></body></html>"
    for content in (page, page.encode(), page.encode("gb18030")):
        made = detector.clean(content, url="https://www.news.example/1")
        assert made.media == "html"
        assert "竹篓" in made.text
        assert (made.host, made.url) == ("news.example", "https://www.news.example/1")


def test_clean_of_bytes_that_are_no_text_raises() -> None:
    with pytest.raises(DecodeError):
        detector.clean(bytes(range(256)) * 20)


@pytest.mark.parametrize("content", ["", " \n\n", b"", "\0", "\ud800", "<p>", "。"])
def test_clean_of_next_to_nothing(content: str | bytes) -> None:
    made = detector.clean(content)
    made.text.encode()
    assert isinstance(detector.judge(made), Verdict)


def test_judge_adds_up_and_tells_farm_from_article() -> None:
    farm, honest = (detector.judge(detector.clean(text)) for text in (farm_text("青河"), RIVER))
    assert (farm.farm, honest.farm) == (True, False)
    for verdict in (farm, honest):
        assert verdict.bits == pytest.approx(verdict.prior + sum(e.bits for e in verdict.evidence))
        assert verdict.probability == pytest.approx(1 / (1 + 2**-verdict.bits))


def test_scan_of_records_paths_and_frames_is_one(tmp_path: Path, small_input: Path, small_run: Path) -> None:
    expected = {row["id"]: (row["farm"], row["keep"], row["text"]) for row in table(small_run, "documents")}

    def found(source: Any, **more: Any) -> dict[str, Any]:
        return {row["id"]: (row["farm"], row["keep"], row["text"]) for row in detector.scan(source, **more).documents}

    assert found(small_input) == found(rows()) == found(row for row in rows()) == expected
    plain = [{k: v for k, v in row.items() if k != "tags"} for row in rows()]
    assert found(pytest.importorskip("pandas").DataFrame(plain)) == expected
    assert found(str(small_input), out=tmp_path / "out") == expected
    assert (tmp_path / "out" / "report.html").exists()


def test_result_holds_every_table() -> None:
    result = detector.scan(rows(), settings=Settings(threshold=0.6))
    assert len(result.documents) == len(rows())
    assert {row["relation"] for row in result.pairs} == {"exact", "near", "contained", "templated"}
    assert len(result.templates) == 1
    assert result.sites
    assert result.manifest["settings"]["threshold"] == 0.6
    assert [row["id"] for row in result.clean_corpus()] == [row["id"] for row in result.documents if row["keep"]]
    assert {row["document"] for row in result.lines} == {row["id"] for row in result.documents}


def test_scan_of_nothing_and_of_what_is_no_records() -> None:
    assert detector.scan([]).documents == []
    assert len(detector.scan([3, {"n": 1}]).failures) == 2
    with pytest.raises(InputError):
        detector.scan({"text": "甲"})
    with pytest.raises(InputError):
        detector.scan("nowhere.jsonl")


def test_errors_have_one_base() -> None:
    assert all(issubclass(e, DetectorError) for e in (InputError, DecodeError))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        detector.nothing  # noqa: B018


def test_importing_the_package_is_cheap_and_needs_nothing_optional() -> None:
    code = (
        "import sys, detector\nassert 'numpy' not in sys.modules, 'numpy'\n"
        "detector.clean('春天的茶园')\n"
        "print([n for n in ('pandas', 'polars', 'datasets', 'datasketch', 'zstandard', 'matplotlib') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
