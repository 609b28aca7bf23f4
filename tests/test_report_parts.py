"""The pieces of the report: differences, pairings, waterfalls, excerpts, and what is chosen to be shown."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.report.best import Best
from detector.report.difference import MAX_SENTENCES, DiffRow, difference
from detector.report.excerpt import excerpt, first_line
from detector.report.pairing import pair_up
from detector.report.repairs import RepairTally
from detector.report.skeleton import colour_of, parts_of, skeleton_lines
from detector.report.visible import clip, clip_middle, one_line, visible
from detector.report.waterfall import REST, probability, waterfall

CHINESE = st.text(alphabet="山水田木日月，。！？\n 甲乙AB", max_size=80)


def texts(rows: tuple[DiffRow, ...], op: str) -> list[str]:
    return ["".join(piece.text for piece in row.pieces) for row in rows if row.op == op]


def test_changed_characters_are_marked_within_a_sentence() -> None:
    delta = difference("今天有小雨。明天晴。", "今天有大雨。明天晴。")
    assert [[(p.text, p.changed) for p in row.pieces] for row in delta.rows if row.op != "same"] == [
        [("今天有", False), ("小", True), ("雨。", False)],
        [("今天有", False), ("大", True), ("雨。", False)],
    ]
    assert (delta.same, delta.removed, delta.added, delta.cut) == (1, 1, 1, False)


def test_script_width_and_punctuation_are_no_change() -> None:
    delta = difference("圖書館開放了，歡迎！ＡＢＣ", "图书馆开放了 欢迎。abc")
    assert (delta.removed, delta.added) == (0, 0)


def test_sentences_without_likeness_are_shown_whole() -> None:
    delta = difference("今天有小雨。", "股市收盘上涨。")
    assert all(piece.changed for row in delta.rows for piece in row.pieces)


def test_long_unchanged_stretches_are_folded_away() -> None:
    same = [f"第{n}句话没有改动。" for n in range(9)]
    delta = difference("甲乙丙丁。" + "".join(same), "戊己庚辛。" + "".join(same) + "尾句在此。")
    assert [row.op for row in delta.rows] == ["removed", "added", "same", "gap", "same", "added"]
    assert [row.sentences for row in delta.rows if row.op == "gap"] == [7]


def test_equal_texts_show_how_they_begin() -> None:
    delta = difference("一句。两句。三句。", "一句。两句。三句。")
    assert [row.op for row in delta.rows] == ["same", "gap"]


@given(CHINESE, CHINESE)
def test_pieces_of_a_difference_are_the_sentences_of_the_texts(a: str, b: str) -> None:
    delta = difference(a, b)
    for op, text in (("removed", a), ("added", b)):
        assert all(part in text for part in texts(delta.rows, op))
    assert delta.same + delta.removed == sum(row.sentences for row in delta.rows if row.op in ("same", "gap", "removed"))


@given(CHINESE)
def test_text_does_not_differ_from_itself(text: str) -> None:
    delta = difference(text, text)
    assert (delta.removed, delta.added) == (0, 0)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("山" * 1_000_000, "水" * 1_000_000),
        ("山。" * 200_000, "山。水。" * 100_000),
        ("".join(f"甲{n}乙丙丁。" for n in range(5000)), "".join(f"甲{n}乙丁丙。" for n in range(5000))),
    ],
    ids=["no stops", "one sentence again and again", "every sentence changed"],
)
def test_long_texts_are_compared_in_bounded_time(a: str, b: str) -> None:
    start = time.perf_counter()
    delta = difference(a, b)
    assert time.perf_counter() - start < 5
    assert delta.cut
    assert delta.same + delta.removed <= MAX_SENTENCES


def test_pairing_keeps_order_and_finds_versions() -> None:
    assert pair_up(["门票多少钱", "开放时间", "怎么去"], ["门票要多少钱", "怎么去呢"]) == [(0, 0), (1, None), (2, 1)]


@given(st.lists(CHINESE, max_size=8), st.lists(CHINESE, max_size=8))
def test_pairing_names_every_sentence_once_and_in_order(old: list[str], new: list[str]) -> None:
    pairs = pair_up(old, new)
    assert [i for i, _ in pairs if i is not None] == list(range(len(old)))
    assert [k for _, k in pairs if k is not None] == list(range(len(new)))


def test_pairing_of_long_runs_goes_by_place() -> None:
    assert pair_up(["一"] * 200, ["二"] * 200) == [(n, n) for n in range(200)]


BITS = st.floats(-20, 20, allow_nan=False)
EVIDENCE = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from(["k", "l"]), BITS), max_size=30)


@given(BITS, EVIDENCE, st.integers(0, 6))
def test_waterfall_adds_up(prior: float, evidence: list[tuple[str, str, float]], limit: int) -> None:
    fall = waterfall(prior, evidence, limit)
    assert fall.total == pytest.approx(prior + sum(bits for _, _, bits in evidence))
    assert sum(step.bits for step in fall.steps) == pytest.approx(fall.total)
    assert len(fall.steps) <= limit + 2
    assert all(later.before == step.after for step, later in zip(fall.steps, fall.steps[1:], strict=False))


@given(BITS, EVIDENCE)
def test_bars_lie_within_the_picture(prior: float, evidence: list[tuple[str, str, float]]) -> None:
    fall = waterfall(prior, evidence)
    assert 0 <= fall.zero <= 1
    for step in fall.steps:
        start, width = fall.extent(step)
        assert -1e-9 <= start <= start + width <= 1 + 1e-9


def test_rules_past_the_limit_are_one_step() -> None:
    fall = waterfall(0.0, [("a", "", 5.0), ("b", "", 2.0), ("c", "", -1.0)], max_steps=1)
    assert [(step.name, step.bits, step.count) for step in fall.steps] == [
        ("prior", 0.0, 1),
        ("a", 5.0, 1),
        (REST, 1.0, 2),
    ]


@given(st.floats(-3000, 3000))
def test_probability_is_that_of_the_odds(bits: float) -> None:
    assert 0.0 <= probability(bits) <= 1.0
    assert probability(bits) + probability(-bits) == pytest.approx(1.0)


def test_excerpt_marks_the_span_in_its_context() -> None:
    shown = excerpt("前文。\n声明：转载。后文", 4, 10, "声明：转载。")
    assert (shown.before, shown.quote, shown.after) == ("前文。↵", "声明：转载。", "后文")


def test_excerpt_leaves_blank_lines_out() -> None:
    shown = excerpt("一\n\n二\n \n三", 3, 4, "二")
    assert (shown.before, shown.quote, shown.after) == ("一↵", "二", "↵三")


@pytest.mark.parametrize(("start", "end"), [(-1, 3), (5, 2), (0, 99), (0, 0)])
def test_excerpt_of_a_wrong_span_is_the_quote(start: int, end: int) -> None:
    assert excerpt("五个字的文", start, end, "引文").quote == "引文"


def test_excerpt_never_marks_another_text_than_the_quote() -> None:
    shown = excerpt("这里是别的文字", 0, 3, "声明：")
    assert (shown.before, shown.quote, shown.after) == ("", "声明：", "")


def test_first_line_skips_blank_ones_and_is_clipped() -> None:
    assert first_line(" \n\n 标题\n正文") == "标题"
    assert first_line("") == ""
    assert first_line(" " * 1000 + "# 标题 \u3000 来源：\n正文") == "标题 来源："
    assert first_line("长" * 500, 10) == "长" * 10 + "…"


@given(st.text())
def test_visible_text_can_be_encoded_and_stays_visible(text: str) -> None:
    shown = visible(text)
    shown.encode("utf-8")
    assert visible(shown) == shown
    assert "\n" not in one_line(text)


def test_visible_leaves_ordinary_text_alone() -> None:
    text = "中文，English，かな，한글 🙂👨\u200d👩\u200d👧 𠀀 ①"
    assert visible(text) == text


@given(st.text(max_size=60), st.integers(1, 30))
def test_clipped_text_is_a_beginning_with_a_count(text: str, limit: int) -> None:
    shown = clip(text, limit)
    assert shown == text if len(text) <= limit else shown.startswith(text[:limit] + "… (+")
    assert len(clip_middle(text, limit)) <= max(limit, 2) + 1


@given(st.lists(st.integers(), unique=True), st.integers(1, 5))
def test_best_are_the_smallest_in_any_order(keys: list[int], limit: int) -> None:
    best: Best[int] = Best(limit)
    for key in keys:
        best.offer(key, lambda key=key: key)
    assert best.items() == tuple(sorted(keys)[:limit])
    assert best.shown("file").cut == (len(keys) > limit)


@given(st.text(alphabet="〔〕12甲乙"))
def test_skeleton_parts_are_the_line(line: str) -> None:
    assert "".join(part.text for part in parts_of(line)) == line


def test_slot_has_one_colour_wherever_it_stands() -> None:
    assert [part.colour for part in parts_of("〔1〕甲〔9〕乙〔a〕")] == [1, 0, 1, 0, colour_of("a")]


@settings(max_examples=20)
@given(st.text(max_size=12))
def test_every_slot_name_has_a_colour(name: str) -> None:
    assert 1 <= colour_of(name) <= 8


def test_skeleton_line_shows_title_depth_and_option() -> None:
    shown = skeleton_lines(["# 〔1〕怎么办", "概述", "  〔1〕是什么", "?     附录"], "file")
    assert [(line.title, line.depth, line.optional) for line in shown.items] == [
        (True, 0, False),
        (False, 0, False),
        (False, 1, False),
        (False, 2, True),
    ]


def repair(kind: str, line: int, before: str, after: str) -> dict[str, object]:
    return {"kind": kind, "line": line, "before": before, "after": after}


def test_repair_is_shown_in_its_line_where_the_place_is_sure() -> None:
    tally = RepairTally()
    text = "题目\n小编导语在这里。\n的的"
    tally.take(
        [repair("gloss", 2, "導(dǎo)", "导"), repair("gloss", 3, "白勺", "的"), repair("gloss", 9, "x", "")], "题", "a", text
    )
    lines = [view.line and (view.line.before, view.line.quote) for view in tally.views()[0].examples]
    assert lines == [("小编", "导"), ("的的", ""), None]


def test_disguised_letters_are_named() -> None:
    tally = RepairTally()
    tally.take([repair("homoglyph", 1, "\u0421SV", "CSV"), repair("gloss", 1, "導(dǎo)", "導")], "题", "a", "CSV")
    assert {kind.kind: kind.examples[0].codes for kind in tally.views()} == {"homoglyph": ("\u0421 is U+0421",), "gloss": ()}


def test_examples_of_repairs_differ_and_come_from_many_documents() -> None:
    tally = RepairTally()
    tally.take([repair("invisible", n, "\u200b", "") for n in range(1, 60)], "甲", "a", "")
    tally.take([repair("invisible", 1, "\u200c", "")], "乙", "b", "")
    kind = tally.views()[0]
    assert (kind.count, tally.documents) == (60, 2)
    assert [view.before for view in kind.examples] == ["[U+200B]", "[U+200C]"]
