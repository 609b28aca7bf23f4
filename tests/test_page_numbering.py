"""Numbering of headings, in both scripts: what is one, what only looks like one, and how levels nest."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.page.levels import heading_levels
from detector.page.numbering import Numbering, parse_numbering, parse_ordinal

CHINESE = "一二三四五六七八九"


@pytest.mark.parametrize(
    ("line", "style", "ordinal", "rest"),
    [
        ("一、概述", "cjk", 1, "概述"),
        ("十二、結語", "cjk", 12, "結語"),
        ("（三）监管要求", "cjk_paren", 3, "监管要求"),
        ("(四) 監管要求", "cjk_paren", 4, "監管要求"),
        ("第一章 总则", "ordinal", 1, "总则"),
        ("第十二條 本法自公布日施行", "ordinal", 12, "本法自公布日施行"),
        ("第3步：打开阀门", "ordinal", 3, "打开阀门"),
        ("步骤二：接线", "ordinal", 2, "接线"),
        ("1. 准备材料", "decimal_dot", 1, "准备材料"),
        ("2、打开开关", "decimal_dot", 2, "打开开关"),
        ("３．檢查", "decimal_dot", 3, "檢查"),
        ("1.1 背景", "decimal", 1, "背景"),
        ("2.3.4 細節", "decimal", 4, "細節"),
        ("（5）其他", "decimal_paren", 5, "其他"),
        ("6）其他", "decimal_paren", 6, "其他"),
        ("①先关水", "circled", 1, "先关水"),
        ("⑿ 收尾", "circled", 12, "收尾"),
        ("Q1：为什么？", "faq", 1, "为什么？"),
        ("問：為什麼？", "faq", 0, "為什麼？"),
        ("## 安装", "markdown", 0, "安装"),
        ("### 2.1 配置", "decimal", 1, "配置"),
        ("Ⅲ. 培土", "cjk", 3, "培土"),
        ("IV、澆水", "cjk", 4, "澆水"),
        ("## **一、背景**", "cjk", 1, "背景**"),
    ],
)
def test_numbering_is_read_in_both_scripts(line: str, style: str, ordinal: int, rest: str) -> None:
    found = parse_numbering(line)
    assert found is not None
    assert (found.style, found.ordinal, line[found.end :]) == (style, ordinal, rest)


@pytest.mark.parametrize(
    "line",
    [
        "", "   ", "一月的雨", "一些人认为", "十分重要", "2023年8月", "3.5亿元的投资", "1.2倍",
        "10.2%的人", "12:30 开会", "3,000 人",
        "2020-01-02", "第二天他走了吗", "第一次见面", "问题很多", "Question", "#标签", "5G 时代", "一带一路", "（完）",
        "I am here", "VIP 会员", "X光检查", "IT行业",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_numbering_is_none(line: str) -> None:
    found = parse_numbering(line)
    assert found is None or found.unit in ("天", "次")


@given(st.integers(1, 99))
def test_ordinals_read_back(number: int) -> None:
    tens, ones = divmod(number, 10)
    text = (
        ("" if tens == 1 else CHINESE[tens - 1] if tens else "") + ("十" if tens else "") + (CHINESE[ones - 1] if ones else "")
    )
    assert parse_ordinal(text) == number
    assert parse_ordinal(str(number)) == number


@given(st.text(max_size=60))
def test_any_line_is_parsed_and_the_end_lies_within(line: str) -> None:
    found = parse_numbering(line)
    assert found is None or 0 < found.end <= len(line)


def levels(*lines: str) -> list[int]:
    return heading_levels([(parse_numbering(line), 0) for line in lines])


def test_decimal_headings_nest_under_chinese_ones() -> None:
    assert levels("一、甲", "1.1 子", "1.2 子", "二、乙", "2.1 子", "2.1.1 孙", "三、丙") == [1, 2, 2, 1, 2, 3, 1]


def test_statutes_nest_chapter_section_article() -> None:
    assert levels("第一章 总则", "第一节 通则", "第一条 内容", "第二节 其他", "第二章 罚则") == [1, 2, 3, 2, 1]


def test_markdown_and_html_levels_are_relative() -> None:
    assert levels("## 甲", "### 乙", "## 丙") == [1, 2, 1]
    assert heading_levels([(None, 2), (None, 3), (None, 2)]) == [1, 2, 1]


@given(
    st.lists(
        st.sampled_from(["一、甲", "（一）乙", "1. 丙", "1.1 丁", "（1）戊", "① 己", "第一章 庚", "## 辛", "壬"]), max_size=30
    )
)
def test_levels_start_at_one_and_never_skip_downwards(lines: list[str]) -> None:
    found = levels(*lines)
    assert all(level >= 1 for level in found)
    assert all(below <= above + 1 for above, below in pairwise(found))


def test_a_numbering_is_a_value() -> None:
    assert parse_numbering("一、甲") == Numbering("cjk", 1, 1, 2)
