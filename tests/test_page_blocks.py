"""HTML to blocks: reading order, markup around the text, metadata, and pages that break other parsers."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.page import blocks, markup
from detector.page.blocks import blocks_of
from detector.page.deep import soup_tree
from detector.page.tier import engine
from detector.page.walk import walk

FRAGMENTS = st.sampled_from(
    [
        "<p>",
        "</p>",
        "<div>",
        "</div>",
        "<a>",
        "</a>",
        "<table>",
        "<tr>",
        "<td>",
        "</table>",
        "<ul>",
        "<li>",
        "<br>",
        "<span>",
        "</span>",
        "<h2>",
        "</h2>",
        "<b>",
        "<pre>",
        "</pre>",
        "<!--",
        "-->",
        "<script>",
        "</script>",
        "<style>",
        "&nbsp;",
        "&lt;",
        "一句话。",
        "文字",
        "word",
        "<img\xa0alt=图片说明文字>",
        "<details>",
        "<noscript>",
        "<",
        ">",
        "&",
    ]
)


def texts(html: str) -> list[str]:
    return [block.text for block in blocks_of(html).blocks]


def test_blocks_come_in_reading_order_and_inline_markup_does_not_split() -> None:
    html = "<div>前言<p>第一段，有<b>粗</b>字和<a href=x>链接</a>。</p>中间<p>第二段。</p>尾巴</div>"
    assert texts(html) == ["前言", "第一段，有粗字和链接。", "中间", "第二段。", "尾巴"]


def test_br_starts_a_new_block_and_pre_keeps_its_lines() -> None:
    assert texts("<p>一行<br>二行</p><pre>a = 1\n    b = 2</pre>") == ["一行", "二行", "a = 1", "    b = 2"]


def test_scripts_and_form_controls_are_no_text() -> None:
    assert texts("<script>var a='文字'</script><style>p{}</style><select><option>甲</option></select><p>正文</p>") == ["正文"]


def test_links_are_measured() -> None:
    block = blocks_of("<p>去<a href=x>这里</a>看</p>").blocks[0]
    assert (block.link_chars, block.links) == (2, 1)


def test_flags_come_from_tags_and_from_class_and_id_words() -> None:
    page = blocks_of("<nav><ul><li>首页</li></ul></nav><div class='article-content'><p>正文</p></div><div id=footer>版权</div>")
    menu, body, foot = page.blocks
    assert menu.flags & markup.NAV
    assert menu.flags & markup.LIST
    assert body.flags & markup.W_CONTENT
    assert foot.near & markup.W_FOOT


def test_headings_and_image_texts_are_known() -> None:
    page = blocks_of("<h2>小标题</h2><img alt='一张图的说明'><p>正文</p>")
    assert [block.heading for block in page.blocks] == [2, 0, 0]
    assert page.blocks[1].flags & markup.ALT


def test_metadata_prefers_what_is_deliberate() -> None:
    html = """<html><head><title>标题甲 - 栏目 - 某站</title><meta property="og:title" content="标题乙">
    <meta property="og:site_name" content="某站"><meta name="author" content="张三">
    <script type="application/ld+json">
    {"@type":"NewsArticle","headline":"标题丙","datePublished":"2022-03-04T05:06:07+08:00"}</script>
    </head><body><p>正文</p></body></html>"""
    page = blocks_of(html)
    assert (page.title, page.published, page.author, page.site) == ("标题丙", "2022-03-04T05:06:07+08:00", "张三", "某站")


def test_broken_json_ld_says_nothing() -> None:
    page = blocks_of('<title>某个标题_某站</title><script type="application/ld+json">{broken</script><p>正文</p>')
    assert page.title == "某个标题"


def test_new_texts_go_into_the_same_blocks() -> None:
    page = blocks_of("<p>甲</p><p>乙</p>")
    assert page.with_texts(["丙", "丁"]).text == "丙\n丁"


def test_empty_and_binary_input_have_no_blocks() -> None:
    assert blocks_of("").blocks == ()
    assert blocks_of("   \n").blocks == ()
    assert "文" in blocks_of("\x00<p>文\x00字</p>\x00").text


def test_any_depth_keeps_its_text() -> None:
    for depth in (300, 3_000, 10_000):
        html = "<div>" * depth + "<p>深处的话</p>" + "</div>" * depth + "<p>后面的话</p>"
        assert texts(html) == ["深处的话", "后面的话"]


def test_a_large_page_is_linear_in_its_size() -> None:
    html = "<body>" + "<div class=item><p>一句不长的话，写在这里。</p><a href=x>链接</a></div>" * 15_000 + "</body>"
    engine().load()  # compiling the kernels, once on a machine, is not part of it
    start = time.process_time()
    page = blocks_of(html)
    assert len(page.blocks) == 30_000
    assert time.process_time() - start < 2.0 * len(html.encode()) / 1e6 + 1.0


@settings(max_examples=150, deadline=None)
@given(st.lists(FRAGMENTS, max_size=60))
def test_any_markup_gives_lines_without_breaks(pieces: list[str]) -> None:
    page = blocks_of("".join(pieces))
    for block in page.blocks:
        assert block.text.strip()
        assert "\n" not in block.text
        assert 0 <= block.link_chars <= len(block.text)
    assert page == blocks_of("".join(pieces))


FALLBACK = """<div class=main><h1>渡船</h1><p>第一段，有<b>粗</b>字和<a href=x>链接</a>。</p>
<p>第二段。</p></div><!--注--><script>var a</script>"""


def test_markup_that_lxml_refuses_becomes_blocks_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = blocks_of(FALLBACK)
    refused: list[bytes] = []

    def refuse(data: bytes) -> tuple[None, bool]:
        refused.append(data)
        return None, False

    monkeypatch.setattr(blocks, "_parsed", refuse)
    found = blocks_of(FALLBACK)
    assert len(refused) == 2
    assert found.text == expected.text == "渡船\n第一段，有粗字和链接。\n第二段。"
    assert found.title == expected.title
    assert [block.link_chars for block in found.blocks] == [0, 2, 0]


def test_beautiful_soup_holds_odd_names_and_any_depth() -> None:
    odd = "<o:p 1x=a \ud800='b'>甲\x01</o:p><div hidden>乙</div>" + "<div>" * 600 + "丙" + "</div>" * 600
    assert [block.text for block in walk(soup_tree(odd))][-1] == "丙"
    assert soup_tree("") is None


@settings(max_examples=60, deadline=None)
@given(st.lists(FRAGMENTS, max_size=40))
def test_any_markup_can_be_read_by_beautiful_soup(pieces: list[str]) -> None:
    root = soup_tree("".join(pieces))
    assert root is None or all(block.text.strip() for block in walk(root))
