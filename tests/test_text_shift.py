"""Runs of GBK one byte off: short ones, what is guessed at both ends, and letters that were none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.text import gate
from detector.text.charmodel import HANS, HANT, codes_of, load_model
from detector.text.edits import apply_edits
from detector.text.gatebatch import gate_batch
from detector.text.gateletters import fits
from detector.text.gbk import load_gbk
from detector.text.guess import likeliest, reading_cost
from detector.text.lexicon import load_lexicon
from detector.text.repair import repair
from detector.text.shift import fix_shift

STREET = "社區的居民希望市政府儘快解決停車問題，也願意為圖書館的改建出一點力。"
MARKET = "社区的菜场每天早上六点开门，附近的居民提着篮子来买新鲜的蔬菜。"


def lose(text: str, at: int, *, byte: int = 0, mark: str = "") -> str:
    """`text` without a byte of the character at `at`, read again as GB18030."""
    data = text[at:].encode("gb18030")
    return text[:at] + mark + (data[:byte] + data[byte + 1 :]).decode("gb18030", "replace")


def restored(text: str) -> str:
    edits = fix_shift(text)
    return apply_edits(text, "gbk-shift", edits)[0] if edits else text


@pytest.mark.parametrize("mark", ["", "?", "\ufffd"])
@pytest.mark.parametrize("char", ["決", "題", "為"])
def test_a_letter_that_was_a_character_comes_back(char: str, mark: str) -> None:
    damaged = lose(STREET, STREET.index(char), mark=mark)
    assert any(c.isascii() and c != "?" for c in damaged)
    assert restored(damaged) == STREET


@pytest.mark.parametrize(("words", "mark"), [("快解", ""), ("解決", ""), ("快解", "?"), ("解決", "?"), ("圖書", "?")])
def test_short_runs_that_a_letter_ends_come_back(words: str, mark: str) -> None:
    assert restored(lose(STREET, STREET.index(words), mark=mark)) == STREET


@pytest.mark.parametrize(("char", "mark"), [("決", ""), ("決", "?"), ("快", ""), ("為", "?")])
def test_the_gate_lets_short_runs_pass(char: str, mark: str) -> None:
    damaged = lose(STREET, STREET.index(char), mark=mark)
    assert gate_batch([damaged]) == [gate.suspect(damaged)]
    assert repair(damaged).text == STREET


def test_a_lone_letter_is_looked_at_where_a_likely_character_fits() -> None:
    before, letter, after = (codes_of(chars) for chars in ("解解買", "QqT", "問問恤"))
    assert fits(before, letter, after).tolist() == [True, False, False]


@pytest.mark.parametrize(
    "text",
    [
        "他買了一件T恤，在臺上唱卡拉OK，又看了K線和A股的走勢。",
        "這款遊戲的Q版人物很可愛，C組的比賽則在下午開始。",
        "維生素C和維生素B並不一樣，X光片也看不出來。",
        "幾何題裡的p點和q點都在圓上，這個e是常數。",
        "國家四A級景區離這裡不遠，V領的毛衣也很好看。",
        "你是喜歡A還是B?C我也可以接受，或者問一下別人。",
        "第一章[緣起]說的是他的家庭，後來的事見第二章。",
    ],
)
def test_letters_that_belong_there_stay(text: str) -> None:
    assert fix_shift(text) == []


def test_letters_of_simplified_text_stay() -> None:
    assert fix_shift("我们今天解Q问题，大家都来帮助他们，这样很快就会好的。") == []


@pytest.mark.parametrize(("at", "byte"), [(8, 0), (8, 1), (15, 0)])
def test_a_run_up_to_a_digit_loses_two_bytes_and_both_come_back(at: int, byte: int) -> None:
    text = MARKET[:-1] + "，每斤只要3元。"
    damaged = lose(text, at, byte=byte)
    assert "\ufffd" in damaged
    assert restored(damaged) == text


def test_a_bracket_is_guessed_where_its_line_has_the_other_one() -> None:
    model, table = load_model(), load_gbk().char_of.reshape(256, 256)
    choices = table[0xA1, 0x40:0xFF]
    choices = choices[choices > 0]
    for left, expected in (("他回头说：“今天的会就开到这里，大家可以走了。", "”"), ("大家可以走了，今天的会就开到这里", "。")):
        costs = model.pair_costs(codes_of(left[-1:]), choices) + model.pair_costs(choices, codes_of("\n"))
        assert chr(likeliest(choices, costs, left, "\n第二天，大家又来了。")) == expected


def test_a_character_that_its_script_does_not_have_is_not_guessed() -> None:
    model, table = load_model(), load_gbk().char_of.reshape(256, 256)
    trail = int(load_gbk().pair_of[ord("见")]) & 0xFF
    choices = table[0x81:0xFF, trail]
    choices = choices[choices > 0]
    costs = model.pair_costs(codes_of("意"), choices) + model.pair_costs(choices, codes_of("，"))
    assert chr(likeliest(choices, costs, "大家提了很多意", "，会上都记下来了", wrong=HANT)) == "见"
    assert HANT != HANS


def test_words_make_a_text_read_better() -> None:
    assert reading_cost("解決停車問題") < reading_cost("解Q停車問題")
    assert reading_cost("大家都来帮助他") < reading_cost("大都家来助帮他")


@given(st.text(alphabet=st.sampled_from("我们今天解决问题，。停车Aa1"), max_size=12))
def test_the_best_cut_never_costs_more_than_single_characters(text: str) -> None:
    lexicon, classes = load_lexicon(), load_model().classes
    single = sum(float(lexicon.alone[classes[ord(char)]]) for char in text)
    assert lexicon.cut_cost(codes_of(text)) <= single + 1e-3


@given(st.text(alphabet=st.sampled_from("解決問題們這為Qn@[?\ufffd，。的社\n"), max_size=40))
def test_edits_are_disjoint_in_order_and_match_the_text(text: str) -> None:
    done = 0
    for edit in fix_shift(text):
        assert edit.start >= done
        assert text[edit.start : edit.start + len(edit.before)] == edit.before
        done = edit.start + len(edit.before)
