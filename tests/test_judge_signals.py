"""Signals on documents whose labels are given, and the whole judge on pages written for it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from judging import document_of_lines, verdict_on

from detector.judge.relations import CorpusContext, contacts_of, corpus_evidence
from detector.judge.signals import document_evidence
from detector.judge.view import title_keys, view_of
from detector.rules import load_rules
from detector.types import Document, Heading, Hole, Repair

RULES = load_rules()
DATA = Path(__file__).resolve().parent / "data" / "unseen"


def rules_that_fire(document: Document, headings: tuple[Heading, ...] = ()) -> set[str]:
    return {item.rule for item in document_evidence(document, headings, RULES)}


def headings_of(document: Document, roles: list[str]) -> tuple[Heading, ...]:
    lines = [line for line in document.lines if line.label == "heading"]
    return tuple(
        Heading(line.start, line.end, max(line.level, 1), "cjk", document.line_text(line), role)
        for line, role in zip(lines, roles, strict=True)
    )


def test_quotes_are_the_text_at_their_span() -> None:
    document = document_of_lines(
        [
            ("title", "雨傘怎麼選最好"),
            ("body", "很多小夥伴都不知道雨傘怎麼選最好這件事，下面就讓我們一起來看看吧。"),
            ("body", "希望以上內容能夠對您有所幫助，祝您生活愉快。"),
            ("disclaimer", "聲明：本文由網友上傳，如有侵權請聯繫 abc123@qq.com 刪除"),
        ]
    )
    evidence = document_evidence(document, (), RULES)
    assert {"notice-free-mail", "phrase-closer-helps", "title-in-sentences"} <= {item.rule for item in evidence}
    for item in evidence:
        assert item.quote == document.source_text[item.start : item.end]


def test_verdict_is_the_same_in_both_scripts() -> None:
    simplified = [
        ("title", "雨伞怎么选最好"),
        ("body", "本站将从多个角度为您解析雨伞怎么选最好这个话题，希望您会喜欢。"),
        ("disclaimer", "声明：本文由网友上传，如有侵权请联系 abc123@qq.com 删除"),
    ]
    traditional = [
        ("title", "雨傘怎麼選最好"),
        ("body", "本站將從多個角度為您解析雨傘怎麼選最好這個話題，希望您會喜歡。"),
        ("disclaimer", "聲明：本文由網友上傳，如有侵權請聯繫 abc123@qq.com 刪除"),
    ]
    bits = [
        [(item.rule, item.bits) for item in document_evidence(document_of_lines(lines), (), RULES)]
        for lines in (simplified, traditional)
    ]
    assert bits[0] == bits[1]
    assert bits[0]


def test_closer_at_the_start_of_a_long_text_is_none() -> None:
    filler = [("body", f"第{n}天的天气和前一天差不多，他照常去河边散步，回来以后写日记。") for n in range(60)]
    lines = [("title", "河边的日记"), ("body", "希望以上内容能够对您有所帮助。"), *filler]
    assert "phrase-closer-helps" not in rules_that_fire(document_of_lines(lines))
    assert "phrase-closer-helps" in rules_that_fire(document_of_lines([*lines[:1], *lines[2:], lines[1]]))


def test_notice_words_far_from_the_mail_are_none() -> None:
    lines = [
        ("title", "关于合作的声明"),
        ("body", "公司今天发表声明：合作将继续。" + "双方代表参观了车间，并就下一步的安排交换了意见。" * 12),
        ("body", "联系邮箱 abc123@qq.com"),
    ]
    assert "notice-free-mail" not in rules_that_fire(document_of_lines(lines))


@pytest.mark.parametrize(
    ("title", "sentence", "fires"),
    [
        ("雨伞怎么选最好", "雨伞怎么选最好呢，其实没有那么难，多看几家就知道了。", True),
        ("雨伞怎么选最好", "选雨伞先看伞骨，再看伞面，最后看价钱是不是合适。", False),
        ("中国地质大学校史", "中国地质大学校史馆今天对外开放，前来参观的校友很多。", False),
    ],
)
def test_a_query_said_again_is_a_sign_and_a_name_said_again_is_not(title: str, sentence: str, fires: bool) -> None:
    document = document_of_lines([("title", title), ("body", sentence)])
    assert ("title-in-sentences" in rules_that_fire(document)) is fires


def test_sister_titles_that_differ_in_a_number_are_none() -> None:
    lines = [("title", "晨跑日记第三篇河边"), ("body", "今天跑了五公里，天很冷，人很少。")]
    numbered = [*lines, ("related", "晨跑日记第一篇河边"), ("related", "晨跑日记第二篇河边")]
    assert "tail-sister-titles" not in rules_that_fire(document_of_lines(numbered))
    named = [
        ("title", "青屏山门票多少钱一张"),
        lines[1],
        ("related", "落霞湖门票多少钱一张"),
        ("related", "石鼓寨门票多少钱一张"),
    ]
    assert "tail-sister-titles" in rules_that_fire(document_of_lines(named))


def test_skeleton_of_roles_wants_a_summary_at_the_end() -> None:
    words = ["雨伞的概述", "雨伞损坏的原因", "雨伞的保养方法", "总结"]
    lines = [("title", "雨伞"), *((label, w) for h in words for label, w in (("heading", h), ("body", "一句话就够了。")))]
    document = document_of_lines(lines)
    roles = ["overview", "cause", "measures", "summary"]
    assert "skeleton-roles" in rules_that_fire(document, headings_of(document, roles))
    assert "skeleton-roles" not in rules_that_fire(document, headings_of(document, [*roles[:3], "other"]))
    assert "skeleton-roles" not in rules_that_fire(document, headings_of(document, ["other", "cause", "other", "summary"]))


def test_table_of_uneven_steps_is_none() -> None:
    def table(values: list[int]) -> Document:
        rows = [("body", f"{2021 + n // 4} Q{n % 4 + 1}{value}") for n, value in enumerate(values)]
        return document_of_lines([("title", "各季度的数字"), *rows])

    assert "table-even-steps" in rules_that_fire(table([10, 20, 30, 40, 50]))
    assert "table-even-steps" not in rules_that_fire(table([10, 20, 31, 40, 50]))
    assert "table-even-steps" not in rules_that_fire(table([10, 10, 10, 10, 10]))


def test_holes_and_repairs_of_the_document_are_evidence() -> None:
    lines = [("title", "旧手机怎么处理"), ("body", "隐私问很多人都遇到过，解决这个问并不难。")]
    text = "".join(words + "\n" for _, words in lines)
    holes = tuple(Hole(text.index(w), text.index(w) + len(w), w, "题") for w in ("隐私问", "这个问"))
    glosses = tuple(Repair("gloss", 2, "(dǎo)", "", 9) for _ in range(6))
    fired = rules_that_fire(document_of_lines(lines, holes=holes, repairs=glosses))
    assert {"holes-deleted", "damage-glosses"} <= fired
    assert "damage-glosses" not in rules_that_fire(document_of_lines(lines, repairs=glosses[:2]))
    assert "holes-deleted" not in rules_that_fire(document_of_lines(lines, holes=holes[:1]))


def test_title_of_the_page_head_is_judged_without_a_span() -> None:
    document = document_of_lines([("body", "豆腐切块，下锅煎到两面金黄。")], title="红烧豆腐的做法_必威betway中文版")
    (item,) = [item for item in document_evidence(document, (), RULES) if item.rule == "spam-title"]
    assert (item.start, item.end, item.quote) == (0, 0, "")
    assert item.facts["title"]


def test_keys_of_a_title_leave_the_site_name_and_short_parts_out() -> None:
    assert title_keys("雨伞怎么选最好?雨伞选购攻略_伞网") == ("雨伞怎么选最好", "雨伞选购攻略")
    assert title_keys("How to choose an umbrella") == ()


def test_an_empty_document_has_no_evidence() -> None:
    document = document_of_lines([])
    assert document_evidence(document, (), RULES) == ()
    assert view_of(document, ()).title == ""


def test_contacts_are_found_in_either_width() -> None:
    document = document_of_lines(
        [
            (
                "disclaimer",
                "联系方式：１３８００００１１１１　QQ：123456789 微信号：abc_12345 邮箱 Foo.Bar@163.com，座机 010-12345678",
            )
        ]
    )
    assert contacts_of(document) == ("mail:foo.bar@163.com", "phone:13800001111", "qq:123456789", "wechat:abc_12345")


def test_corpus_context_without_relations_is_no_evidence() -> None:
    assert corpus_evidence(CorpusContext(), RULES) == ()


def test_corpus_context_of_a_farm_is_evidence_of_several_kinds() -> None:
    context = CorpusContext(
        near_size=4, near_hosts=4, family_size=12, family_hosts=3, family_entities=11, family_outline=0.8,
        shared_contacts={"mail:a@qq.com": 7, "phone:1": 1}, boilerplate_share=0.6,
    )  # fmt: skip
    evidence = corpus_evidence(context, RULES)
    assert {item.rule for item in evidence} == {"corpus-contact", "corpus-family", "corpus-mirrors", "corpus-boilerplate"}
    assert len({item.kind for item in evidence}) == 4
    assert all((item.start, item.end, item.quote) == (0, 0, "") for item in evidence)


def test_a_recipe_collection_with_one_outline_is_no_farm() -> None:
    context = CorpusContext(family_size=179, family_entities=179, family_outline=0.9)
    assert len(corpus_evidence(context, RULES)) == 1


@pytest.mark.parametrize("path", sorted((DATA / "dev").glob("d*")), ids=lambda path: path.name)
def test_farm_pages_of_other_topics_are_found(path: Path) -> None:
    verdict = verdict_on(path.read_text(encoding="utf-8"), RULES)
    assert verdict.farm
    assert len(verdict.kinds) >= 3


@pytest.mark.parametrize("path", sorted((DATA / "honest").glob("n*")), ids=lambda path: path.name)
def test_honest_pages_on_the_same_topics_are_not(path: Path) -> None:
    assert not verdict_on(path.read_text(encoding="utf-8"), RULES).farm


@pytest.mark.parametrize(
    "lines",
    [
        [("body", "2021 Q1120")] * 8000,
        [("title", "雨伞怎么选最好"), ("body", "声明随着本站希望以上通过只有来源:作者:" * 3000)],
        [("body", "拨打 " * 20000)],
        [("title", "雨伞怎么选最好"), *(("related", f"雨伞{n}怎么挑选才好") for n in range(8000))],
        [("body", "正文。"), *[("related", "最新文章")] * 8000],
        [("body", "侵权" * 20000 + "@")],
    ],
    ids=["equal rows", "anchors", "blanks", "titles", "empty headings", "mail"],
)
def test_long_hostile_documents_take_no_longer_than_they_are(lines: list[tuple[str, str]]) -> None:
    document = document_of_lines(lines)
    start = time.process_time()
    document_evidence(document, (), RULES)
    assert time.process_time() - start < 2.0  # a quarter of a second in most cases, minutes where anything is quadratic


def test_title_is_searched_where_the_line_above_the_text_lacks_a_part_of_it() -> None:
    lines = [("title", "怎么挑选水管"), ("body", "挑水管要看管壁的厚度，再看接口是否平整，买之前最好拿在手里比一比。")]
    plain = document_of_lines(lines, title="怎么挑选水管")
    sold = document_of_lines(lines, title="怎么挑选水管_必威体育官网")
    assert "spam-title" not in rules_that_fire(plain)
    assert "spam-title" in rules_that_fire(sold)
