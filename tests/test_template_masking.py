"""What is masked: names that a title and its text share, names with a code, numbers and codes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.template.masking import ENTITY, coded_names, entity_terms, mask

TEXTS = st.text(alphabet="蓝莓手机电池如何保养的了一二三十年月日0123456789.,:%()a-zA〔\n。,上涨", max_size=120)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("2023年8月11日收盘", "#收盘"),
        ("上涨1,234.5万元", "上涨#元"),
        ("约12:30到达", "约#到达"),
        ("涨幅-0.34%,换手率5%", "涨幅#,换手率#"),
        ("第三章共二十五条", "第#章共#条"),
        ("一些人", "一些人"),  # one numeral is a word more often than a number
        ("型号x5pro", "型号#"),
        ("word文档", "word文档"),
    ],
)
def test_numbers_dates_and_codes_are_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


def test_names_next_to_each_other_become_one_mark() -> None:
    assert mask("蓝莓手机电池概述", ["电池", "蓝莓手机"]) == f"{ENTITY}概述"


def test_the_longest_part_that_holds_together_is_the_name() -> None:
    body = "空气炸锅很方便。空气炸锅省油,空气炸锅好洗。清洗时断电,洗后晾干。空气流通也要紧。"
    assert entity_terms("空气炸锅怎么清洗?", body) == ("空气炸锅",)


def test_words_of_roles_and_questions_are_no_names() -> None:
    body = "原因很多。原因之一。怎么办?怎么办?什么原因?"
    assert entity_terms("什么原因怎么办", body) == ()


def test_a_name_with_a_code_is_found_without_a_title() -> None:
    assert coded_names("昨日收盘,青禾股份(600001)报6元。青禾股份主营种子。") == ("青禾股份",)
    assert coded_names("他(32岁)来了") == ()


@given(TEXTS)
def test_masking_keeps_lines_and_removes_every_digit(text: str) -> None:
    masked = mask(text)
    assert masked.count("\n") == text.count("\n")
    assert not any(c in "0123456789" for c in masked)


@given(TEXTS, TEXTS)
def test_names_stand_in_title_and_text(title: str, text: str) -> None:
    terms = entity_terms(title, text)
    assert len(set(terms)) == len(terms)
    assert all(term in title and term in text for term in terms)
