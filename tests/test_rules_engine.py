"""Loading and matching of rules: anchors found in one pass, batches equal single lines, wrong files named."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.errors import RuleError
from detector.rules import load_rules, read_rule
from detector.rules.anchors import index_anchors
from detector.text.fold import fold_chars

GOOD = """
id = "notice-x"
name = "A notice"
kind = "notice"
bits = 2.0
status = "stable"
anchors = ["聲明"]
pattern = '''声明 \\s* [:] \\s* 本站'''
why = "Because."
source = "hand-set"
hits = ["声明：本站"]
misses = ["声明如下"]
"""

RULES = load_rules()
LETTERS = st.text(alphabet="声明本站a1:\n的𠀀", max_size=60)


def rule_file(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


@given(
    text=LETTERS,
    anchors=st.lists(st.text(alphabet="声明本站a1的𠀀", min_size=1, max_size=4), unique=True, max_size=8),
)
def test_anchors_are_found_as_by_looking_everywhere(text: str, anchors: list[str]) -> None:
    expected = sorted((i, n) for i in range(len(text)) for n, anchor in enumerate(anchors) if text.startswith(anchor, i))
    assert index_anchors(anchors).find(text) == expected


@given(lines=st.lists(st.text(alphabet="浏览次作者:来源 a12\n-0", max_size=30), max_size=6))
@settings(max_examples=60, deadline=None)
def test_lines_in_a_batch_match_as_they_do_alone(lines: list[str]) -> None:
    together = RULES.match_lines(lines)
    alone = [RULES.match_lines([line])[0] for line in lines]
    assert together == alone


def test_spans_hold_for_the_text_in_either_script(tmp_path: Path) -> None:
    rules = load_rules(rule_file(tmp_path, "notice-x.toml", GOOD))
    text = "前言。\n聲明：本站不負責。"
    (hit,) = rules.search(text)
    assert text[hit.start : hit.end] == "聲明：本站"
    assert hit.rule.id == "notice-x"


def test_pattern_sees_only_the_line_of_its_anchor_unless_it_asks_for_the_text(tmp_path: Path) -> None:
    rules = load_rules(rule_file(tmp_path, "notice-x.toml", GOOD))
    assert rules.search("声明:\n本站") == []
    rules = load_rules(rule_file(tmp_path, "notice-x.toml", GOOD + 'within = "text"\n'))
    assert len(rules.search("声明:\n本站")) == 1


def test_line_rule_is_found_at_its_place_in_the_line(tmp_path: Path) -> None:
    rules = load_rules(rule_file(tmp_path, "notice-x.toml", GOOD + 'label = "disclaimer"\n'))
    assert rules.search("声明:本站") == []
    hits = rules.match_lines(["无关", "这里 声明:本站 完"])
    assert [[(hit.rule.label, hit.start, hit.end) for hit in line] for line in hits] == [[], [("disclaimer", 3, 8)]]


def test_rule_that_is_off_never_fires(tmp_path: Path) -> None:
    rules = load_rules(rule_file(tmp_path, "notice-x.toml", GOOD.replace('"stable"', '"off"')))
    assert rules.search("声明:本站") == []
    assert rules.get("notice-x").status == "off"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (("bits = 2.0", "bits = 200"), "bits"),
        (("bits = 2.0", "bits = nan"), "bits"),
        (('status = "stable"', 'status = "good"'), "status"),
        (('id = "notice-x"', 'id = "Notice X"'), "id"),
        (('id = "notice-x"', 'id = "notice-y"'), "id"),
        (("anchors = [", "ankers = ["), "anchors"),
        (('["聲明"]', "[]"), "anchors"),
        (("[:]", "[：]"), "pattern"),
        (("[:]", "["), "pattern"),
        (('why = "Because."', 'why = " "'), "why"),
        (('hits = ["声明：本站"]', "hits = [3]"), "hits"),
        (('misses = ["声明如下"]', 'misses = ["声明如下"]\ncolour = "red"'), "colour"),
        (('misses = ["声明如下"]', 'misses = ["声明如下"]\nlabel = "advert"'), "label"),
        (('misses = ["声明如下"]', 'misses = ["声明如下"]\nsignal = "x"'), "signal"),
        (('misses = ["声明如下"]', 'misses = ["声明如下"]\nneeds = 0'), "needs"),
        (('name = "A notice"', "name = "), "TOML"),
    ],
)
def test_a_wrong_file_is_named_with_its_key(change: tuple[str, str], word: str) -> None:
    assert change[0] in GOOD
    with pytest.raises(RuleError, match=r"notice-x\.toml") as error:
        read_rule(GOOD.replace(*change).encode(), "notice-x.toml")
    assert word in str(error.value)


def test_a_folder_without_rules_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="no rule files"):
        load_rules(tmp_path)


def test_an_unknown_id_is_an_error() -> None:
    with pytest.raises(RuleError, match="no rule 'nothing'"):
        load_rules().get("nothing")


def test_digest_changes_with_any_byte_of_any_file(tmp_path: Path) -> None:
    first = load_rules(rule_file(tmp_path, "notice-x.toml", GOOD)).digest
    assert load_rules(tmp_path).digest == first
    assert load_rules(rule_file(tmp_path, "notice-x.toml", GOOD + "\n")).digest != first


def test_rules_travel_to_another_process() -> None:
    rules = load_rules()
    again = pickle.loads(pickle.dumps(rules))
    text = "声明：本站文章来自网络，如有侵权请联系 12345@qq.com 删除"
    assert again.search(text) == rules.search(text)
    assert again.search(text)


def test_patterns_hold_folded_characters_only() -> None:
    for rule in load_rules().rules:
        assert all(fold_chars(anchor) == anchor for anchor in rule.anchors)
