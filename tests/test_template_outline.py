"""Outlines and the roles of headings."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import pytest
from template_documents import labelled

from detector.template.outline import outline
from detector.template.roles import OTHER, connective_of, role_number, role_of, roles
from detector.text.fold import fold_chars


@pytest.mark.parametrize(
    ("heading", "role"),
    [
        ("扫地机器人的基本情况", "overview"),
        ("什么是双子座", "overview"),
        ("异响的成因分析", "cause"),
        ("掉毛对主人的影响", "effect"),
        ("原因及对策", "measures"),  # the head of a Chinese compound stands last
        ("如何避免踩坑", "measures"),
        ("劳动仲裁的法律依据", "law"),
        ("常见问题", "faq"),
        ("注意事项", "notes"),
        ("写在最后", "summary"),
        ("第一章的总则", "formal"),
        ("老张的账本", OTHER),
        ("", OTHER),
        ("?!。", OTHER),
    ],
)
def test_role_is_that_of_the_last_word(heading: str, role: str) -> None:
    assert role_of(fold_chars(heading)) == role


@pytest.mark.parametrize(
    ("traditional", "simplified"), [("現象與表現", "现象与表现"), ("應對措施", "应对措施"), ("總結", "总结")]
)
def test_role_is_the_same_in_both_scripts(traditional: str, simplified: str) -> None:
    assert role_of(fold_chars(traditional)) == role_of(fold_chars(simplified)) != OTHER


def test_no_word_has_two_roles() -> None:
    table = tomllib.loads((files("detector.template") / "roles.toml").read_text(encoding="utf-8"))["words"]
    seen: dict[str, str] = {}
    for role, words in table.items():
        for word in words:
            assert seen.setdefault(word, role) == role, word


def test_near_roles_are_mutual_and_other_is_near_to_nothing() -> None:
    near = roles().near
    assert (near == near.T).all()
    assert not near[role_number(OTHER)].any()


def test_connectives_open_sentences() -> None:
    assert connective_of("首先,要看清楚") == connective_of("第一,要看清楚") != 0
    assert connective_of("他首先发言") == 0


def test_outline_has_the_words_without_numbering_and_spans_of_the_source() -> None:
    document = labelled(
        "d",
        [
            ("空气炸锅怎么清洗", "title", 0),
            ("一、空气炸锅概述", "heading", 1),
            ("正文一段。", "body", 0),
            ("1.1 加热原理", "heading", 2),
            ("## 注意事项 ##", "heading", 1),
        ],
    )
    found = outline(document)
    assert [(h.level, h.style, h.text, h.role) for h in found] == [
        (1, "cjk", "空气炸锅概述", "overview"),
        (2, "decimal", "加热原理", "cause"),
        (1, "markdown", "注意事项", "notes"),
    ]
    assert all(document.source_text[h.start : h.end] == h.text for h in found)


def test_a_sentence_or_an_empty_line_is_no_entry() -> None:
    document = labelled("d", [("一、", "heading", 1), ("长" * 80, "heading", 1), ("小结", "heading", 0)])
    assert [(h.text, h.level, h.style) for h in outline(document)] == [("小结", 1, "bare")]


def test_a_document_without_lines_has_no_outline() -> None:
    assert outline(labelled("d", [("只有正文。", "body", 0)])) == ()
