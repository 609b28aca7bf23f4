"""The compiled scan of a page against the walk in Python: the same blocks, hidden text and metadata, whatever the markup."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.page import blocks, markup
from detector.page.blocks import Page, parse
from detector.page.lines import speak, weigh
from detector.page.model import loudest, shipped_model
from detector.page.scan_tables import load_tables, slot_of, tag_key
from detector.page.stylesheet import style_rules, telling_blocks
from detector.page.tier import BREAK_EVEN_CHARS, MIN_PAGES, Engine, engine
from detector.page.walk import Blocks

scanned = pytest.importorskip("detector.page.scanned")
DATA = Path(os.environ.get("DETECTOR_DATA", Path(__file__).resolve().parents[1].parent / "shared" / "data"))

TAGS = [
    "p", "div", "a", "table", "tr", "td", "th", "ul", "li", "br", "span", "h1", "h2", "b", "pre", "script", "style", "nav",
    "noscript", "template", "dialog", "details", "details open", "summary", "svg", "iframe", "select", "textarea", "o:p",
    "ruby", "html", "body", "head", "title", "form", "center", "caption", "blockquote", "font color=white", "a name=z",
    "img alt='图片 &quot;说明&quot;  文字'", "img alt=图", "img\xa0alt=图片说明文字", "li hidden", "p aria-hidden=true",
    "div class='articleContent ad'", "div id=footer class=NavBar", "p class='a b' id=c", "div class=a", "span class=b",
    "div class='\u212aad 中文'", "div class='x&amp;ad'", "div style='display:none'", "span style='color:#fff'",
    "p style='background:#fff;color:white'", "td bgcolor=#fff", "body bgcolor='#000' background=x", "link rel=stylesheet",
    "meta name=author content='张 三'", "time datetime=2020-01-02", "x'y\"z<w a\"b=1 =c=2", "DIV CLASS=Title",
]  # fmt: skip
SHEETS = [
    ".a{display:none} .b .a{display:block}", "/* x */ #c, div > .b {visibility:hidden} p{opacity:0}", "li{display:none",
    ".a.b{left:-999px;position:absolute}@media print{.b{display:none}} .b{display:none}", "ruby{display:none}",
]  # fmt: skip
WORDS = [
    "一句话。",
    "文字很长的一个词语，",
    "word",
    " ",
    "\n",
    "\n\n  ",
    "\r",
    "\u3000",
    "\x85",
    "&nbsp;",
    "&lt;",
    "&amp;",
    "&#13;",
    "<",
    "> ",
    "😀",
]
PIECES = st.one_of(
    st.sampled_from(TAGS).map(lambda tag: f"<{tag}>"),
    st.sampled_from(TAGS).map(lambda tag: f"</{tag.split()[0]}>"),
    st.sampled_from(SHEETS).map(lambda sheet: f"<style>{sheet}</style>"),
    st.sampled_from([*WORDS, "<!--", "-->"]),
)


def both(html: str) -> tuple[Page | None, Page | None]:
    """The page by the scan and by the walk; None where there is nothing to read, or what can't be scanned."""
    root = parse(html)
    if root is None:
        return None, None
    data = blocks._serialised(root)
    return None if data is None else blocks._scanned(data, html), blocks._walked(parse(html), html)


@given(st.lists(PIECES, max_size=50))
@settings(max_examples=300, deadline=None)
def test_scan_equals_walk(pieces: list[str]) -> None:
    scan, walk = both("".join(pieces))
    assert scan == walk


@given(st.text(st.sampled_from("aAdDvertTiMeNnavlis_-1 9\u212a文&") | st.characters(codec="utf-8"), max_size=40))
@settings(max_examples=200, deadline=None)
def test_names_say_the_same_in_a_scan(name: str) -> None:
    escaped = name.replace("&", "&amp;").replace('"', "&quot;")
    scan, walk = both(f'<div class="{escaped}"><p id="{escaped}">文字</p></div>')
    assert scan is None or scan == walk


@pytest.mark.parametrize("name", ["pages_dan_zh", "pages_wcxb_en", "pages_gne_silver"])
def test_scan_equals_walk_on_pages(name: str) -> None:
    source = DATA / f"{name}.jsonl.gz"
    if not source.exists():
        pytest.skip(f"no {source.name} beside the checkout")
    for html in _pages(source, 40):
        scan, walk = both(html)
        assert scan == walk


def _pages(source: Path, limit: int) -> Iterator[str]:
    with gzip.open(source) as file:
        for number, line in enumerate(file):
            if number < 3 * limit and number % 3 == 0:
                yield orjson.loads(line)["html"]


def test_control_characters_are_left_to_the_walk() -> None:
    assert both("<p>文\x01字</p>")[0] is None
    assert [block.text for block in blocks.blocks_of("<p>文\x0b字</p>").blocks] == ["文 字"]


def test_xhtml_is_scanned_as_it_stands() -> None:
    html = (
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">'
        "<html><body><div><a name=nav>锚</a></div><p>一<br>二</p></body></html>"
    )
    scan, walk = both(html)
    assert scan is not None
    assert scan == walk


def test_words_in_names_are_those_of_the_regular_expression() -> None:
    words = [*markup.WORD_BITS, "thread", "readmore2", "ad1", "hotNews", "breadCrumbNav", "xul", "ulx"]
    html = "".join(f'<div class="{word}">文字{number}</div>' for number, word in enumerate(words))
    scan = scanned.scan_page(b"<html>" + html.encode() + b"</html>")
    assert scan.name_flags.tolist()[1:] == [markup.word_flags(word) for word in words]


def test_tags_are_found_in_the_table() -> None:
    tables = load_tables()
    for number, tag in enumerate(tables.tags[1:], 1):
        low, high = tag_key(tag)
        assert (tables.low[number], tables.high[number]) == (low, high)
        assert 0 <= slot_of(low, high, len(tables.slots)) < len(tables.slots)
    known = scanned.scan_page("".join(f"<{tag}/>" for tag in tables.tags[1:]).encode())
    assert known.tag.tolist() == list(range(1, len(tables.tags)))


def test_kernels_are_loaded_for_many_pages_only() -> None:
    fresh = Engine()
    assert not fresh.compiled_for(BREAK_EVEN_CHARS * 10)
    assert not fresh.compiled_for(1)
    assert fresh.compiled_for(1, MIN_PAGES)
    assert not Engine().compiled_for(1, MIN_PAGES)


def test_reading_many_pages_changes_nothing() -> None:
    html = "<div class=content><p>第一段，有<b>粗</b>字。</p><p hidden>看不见</p></div>"
    before = blocks.blocks_of(html)
    assert engine().load()
    assert blocks.blocks_of(html) == before


def test_blocks_as_columns_are_blocks() -> None:
    page = both("<ul class=list><li>一行字<li><a href=x>两行</a>字</ul><h2>题</h2>")[0]
    assert page is not None
    assert isinstance(page.blocks, Blocks)
    assert page.blocks[1] == Blocks.of(tuple(page.blocks))[1] == list(page.blocks)[1]
    assert page.blocks[1:] == tuple(page.blocks)[1:]
    assert page.with_texts(["甲", "乙", "丙"]).text == "甲\n乙\n丙"
    assert page.with_texts(["甲", "乙", "丙"]).blocks[2] == page.blocks[2]._replace(text="丙")
    with pytest.raises(ValueError, match="2 texts for 3 blocks"):
        page.with_texts(["甲", "乙"])


def test_compiled_trees_give_the_same_bits() -> None:
    assert engine().load()
    rng = np.random.default_rng(7)
    for look in (shipped_model().pages.first, shipped_model().texts.second):
        columns = rng.normal(0, 20, (len(look.names) + 3, 1300)).round(1).astype(np.float32)
        place = rng.permutation(len(columns))[: len(look.names)].astype(np.int64)
        assert np.array_equal(weigh(look, columns, place), look.log_odds(columns, place))
        rows = np.arange(0, 1300, 3)
        assert np.array_equal(speak(look, columns, place, rows), loudest(columns, place, rows, look))


STYLE = [
    *SHEETS, "a{b:c}", "}", "{", "@media screen{", "@media print{", "/*", "*/", "font-size:0", "p{", ";", "left:-9999px",
    "color:#fff;background:#fff", "overflow:hidden", "width : 1px", "*display:none", "DISPLAY : None", "汉{", ":",
    "clip:rect(0 0 0 0)", "font-size:12px", "position:absolute;", "\n", "\u00a0",
]  # fmt: skip


@given(st.lists(st.sampled_from(STYLE), max_size=14))
@settings(max_examples=400, deadline=None)
def test_style_sheets_are_read_alike(pieces: list[str]) -> None:
    sheet = "".join(pieces)
    words = {"a", "b", "c"}
    rows = scanned.Rows(scanned.scan_page(b"<html/>"))
    assert style_rules([sheet], words, rows.telling_blocks) == style_rules([sheet], words, telling_blocks)
