"""Roles learned from the corpus: forms above like sections are one role, forms side by side are not, order is nothing."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from template_documents import labelled

from detector.template.align import columns
from detector.template.features import template_row
from detector.template.learned import MIN_CLASS, learned_roles
from detector.template.roles import roles
from detector.types import Document, Label

WATER = ["盆土发白再浇透", "夏天早晚各看一眼", "积水会闷坏须根", "冬天少浇一半", "手指插进土里试干湿"]
LIGHT = ["朝南的窗台最合适", "每天晒足四个小时", "正午拉一层纱帘", "阴雨天补一盏灯", "叶子发黄说明光太强"]
FORMS = (("浇透才算浇", "给足水分"), ("放在亮处", "朝阳的位子"))  # the table knows none of them


def page(k: int, forms: Sequence[str]) -> Document:
    """A page with one heading above sentences about water and one above sentences about light."""
    draw = random.Random(k)
    lines: list[tuple[str, Label, int]] = [(f"第{k}盆", "title", 0), (f"开场的话,编号{k}。", "body", 0)]
    for heading, sentences in zip(forms, (WATER, LIGHT), strict=False):
        lines += [(heading, "heading", 1), ("。".join(draw.sample(sentences, 4)) + "。", "body", 0)]
    lines += [
        ("别的", "heading", 1),
        ("还有一句。", "body", 0),
        ("末尾", "heading", 1),
        (f"随手记下{k},与前面无关的句子{'甲乙丙丁'[k % 4]}。", "body", 0),
    ]
    return labelled(f"p{k}", lines)


def pages(n: int = 24) -> list[Document]:
    """Pages of which every second one writes both headings in its other form."""
    return [page(k, (FORMS[0][k % 2], FORMS[1][k % 2])) for k in range(n)]


def roles_of(documents: Sequence[Document]) -> list[list[int]]:
    table = columns([template_row(document) for document in documents])
    return [part.tolist() for part in np.split(table.roles, table.heading_offsets[1:-1])]


def test_forms_above_like_sections_get_one_role() -> None:
    found = roles_of(pages())
    assert len({row[0] for row in found}) == len({row[1] for row in found}) == 1
    assert found[0][0] >= len(roles().near)


def test_forms_of_other_sections_get_another_role() -> None:
    found = roles_of(pages())
    assert found[0][0] != found[0][1]


def test_forms_side_by_side_are_not_one_role() -> None:
    documents = []
    for k in range(24):
        draw = random.Random(k)
        lines: list[tuple[str, Label, int]] = []
        for heading in (*FORMS[0], "别的"):
            lines += [(heading, "heading", 1), ("。".join(draw.sample(WATER, 4)) + "。", "body", 0)]
        documents.append(labelled(f"p{k}", lines))
    found = roles_of(documents)
    assert all(row[0] != row[1] for row in found)


def test_few_documents_teach_nothing() -> None:
    assert all(row[:2] == [0, 0] for row in roles_of(pages(MIN_CLASS // 2)))


def test_sections_of_other_words_are_not_one_role() -> None:
    documents = [page(k, (FORMS[0][0], FORMS[1][0])) for k in range(14)]
    other = [page(100 + k, (FORMS[1][1],)) for k in range(14)]  # the form for light, above sentences about water
    found = roles_of([*documents, *other])
    assert found[0][0] == found[-1][0] != found[0][1]


def test_roles_of_the_table_stay_where_nothing_is_learned() -> None:
    table = columns([template_row(page(1, ("基本情况", "小编总结")))])
    assert [roles().names[role] for role in table.roles[:2]] == ["overview", "summary"]
    assert table.near is roles().near


def test_learned_roles_are_near_where_the_table_calls_them_alike() -> None:
    named = [page(k, ("浇水注意事项", "光照温馨提示")) for k in range(24)]
    table = columns([template_row(document) for document in named])
    one, other = table.roles[:2].tolist()
    assert one != other
    assert (table.near[one, other], table.near[one, one]) == (1, 2)
    assert table.near[one, roles().names.index("notes")] == 2
    assert np.array_equal(table.near, table.near.T)


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False))
def test_order_changes_no_role(draw: random.Random) -> None:
    documents = pages()
    expected = dict(zip((d.id for d in documents), roles_of(documents), strict=True))
    draw.shuffle(documents)
    assert dict(zip((d.id for d in documents), roles_of(documents), strict=True)) == expected


@pytest.mark.parametrize("n", [0, 1])
def test_no_headings(n: int) -> None:
    rows = [template_row(labelled("a", [("只有一行字。", "body", 0)]))] * n
    table = columns(rows)
    assert learned_roles(table.headings[:0], np.zeros(n + 1, dtype=np.int64))[0].tolist() == []
