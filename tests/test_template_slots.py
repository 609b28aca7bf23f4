"""Frames of strings, and the skeleton, slots and coverage of a family."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from template_documents import article, labelled, note

from detector.template.pattern import SLOT, frame_of
from detector.template.slots import _slot, induce

NAMES = ["除湿机", "空气炸锅", "洗碗机", "智能门锁", "扫地机器人"]


@given(st.lists(st.text(alphabet="甲乙丙丁报收于元12.5%,x ", max_size=16), min_size=1, max_size=5))
def test_frame_and_values_give_back_every_text(texts: list[str]) -> None:
    frame = frame_of(texts)
    for text, values in zip(texts, frame.values, strict=True):
        filled = iter(values)
        assert "".join(next(filled) if token == SLOT else token for token in frame.tokens) == text


def test_a_frame_holds_across_scripts_in_the_words_of_the_first() -> None:
    frame = frame_of(["〔1〕對身體的影響", "〔1〕对身体的影响"])
    assert "".join(frame.tokens) == "〔1〕對身體的影響"


def test_numbers_stay_whole() -> None:
    assert frame_of(["报收于12.50元", "报收于12.75元"]).values == (("12.50",), ("12.75",))


def test_nothing_in_common_is_one_slot() -> None:
    assert frame_of(["甲乙", "丙丁"]).tokens == (SLOT,)
    assert frame_of([]).tokens == ()


def test_skeleton_is_the_outline_with_the_name_as_slot_one() -> None:
    documents = {name: article(name, name, number=10 + i) for i, name in enumerate(NAMES)}
    family = induce("f", NAMES, documents)
    assert family.skeleton == (
        "# 〔1〕噪音大怎么办",
        "〔1〕的基本情况",
        "噪音大的原因",
        "噪音大的影响",
        "如何应对噪音大",
        "小编总结",
    )
    assert family.slots[0].name == "1"
    assert dict(family.slots[0].values) == dict.fromkeys(NAMES, 1)
    assert set(family.coverage.values()) == {1.0}
    assert family.members == tuple(sorted(NAMES))


def test_a_missing_section_is_optional_and_lowers_the_coverage() -> None:
    documents = {name: article(name, name) for name in NAMES}
    for name in NAMES[:2]:
        whole = documents[name]
        lines = [(whole.line_text(x), x.label, x.level) for x in whole.lines]
        documents[name] = labelled(name, lines[:5] + lines[7:])
    family = induce("f", NAMES, documents)
    assert "? 噪音大的影响" in family.skeleton
    assert family.coverage[NAMES[0]] == 0.8
    assert family.coverage[NAMES[4]] == 1.0


def test_robot_notes_have_their_clauses_as_skeleton() -> None:
    companies = ["青禾股份", "长风电气", "东岭药业", "南浦机械"]
    documents = {c: note(c, c, 600000 + i, [6.1 + i, 1.2 + i, 0.4 + i, 2.5, 1.9 + i]) for i, c in enumerate(companies)}
    family = induce("f", companies, documents.__getitem__)
    assert any(line.startswith("成交量") for line in family.skeleton)
    assert any("〔" in line and "成交额" in line for line in family.skeleton)
    assert "以上内容由程序自动生成" in family.skeleton
    named = next(slot for slot in family.slots if slot.name == "1")
    assert dict(named.values) == dict.fromkeys(companies, 1)


def test_induction_does_not_depend_on_the_order() -> None:
    documents = {name: article(name, name) for name in NAMES}
    assert induce("f", NAMES, documents) == induce("f", NAMES[::-1], documents)


def test_members_without_titles_or_headings_give_a_family_all_the_same() -> None:
    documents = {name: labelled(name, [(name, "body", 0)]) for name in "甲乙"}
    family = induce("f", ["甲", "乙"], documents)
    assert family.skeleton == ()
    assert family.coverage == {"甲": 0.0, "乙": 0.0}


def test_a_name_in_both_scripts_is_one_value() -> None:
    slot = _slot("1", Counter({"蓝莓贷": 2, "藍莓貸": 3, "云雀卡": 4}))
    assert slot.values == (("藍莓貸", 5), ("云雀卡", 4))
