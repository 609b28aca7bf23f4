"""Toneless glosses that a spinner strews into a text go; lessons, names and abbreviations stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.text.repair import repair, repair_batch, replay

CLEAN = "本次比赛由县里的两所学校共同举办，三十支队伍参加了积木搭桥和小车爬坡两个项目，经过一天的较量，最后进入决赛的只有八支。"
STREWN = (
    "本次比(bi)赛由县里(li)的两所学校(xiao)共同举办，三十支(zhi)队伍参加了积木(mu)搭桥和小车爬(pa)坡两个项目，"
    "经过一天的(de)较量，最后进入决赛的只有八支。"
)


@pytest.mark.parametrize("damaged", [STREWN, STREWN.replace("(", "（").replace(")", "）")])
def test_strewn_glosses_go(damaged: str) -> None:
    made = repair(damaged)
    assert made.text == CLEAN
    assert {each.kind for each in made.repairs} == {"toneless-gloss"}
    assert replay(damaged, made.repairs) == CLEAN
    assert repair(CLEAN).repairs == ()


@pytest.mark.parametrize(
    "text",
    [
        "我(wo)爱(ai)你(ni)家(jia)的(de)猫(mao)",  # a lesson: every character
        "曹操(cao)与袁绍(shao)在官渡(du)对峙了半年，粮草将尽，军心不稳，谁也没有想到结局来得那么快。",  # three are too few
        "时速(km)、重量(kg)、面积(ha)、电流(ma)、浓度(ppm)都要填在表格的最后一栏，单位写错的一律退回重填。",  # units
        "点击文件(file)，选择打开(open)，再按保存(save)，然后点关闭(close)，这样图纸就不会丢，明天还能接着画。",
        CLEAN,
    ],
)
def test_brackets_of_people_stay(text: str) -> None:
    assert repair(text).text == text


@given(
    st.lists(st.sampled_from(["比(bi)", "赛", "里(li)", "共(gong)", "(de)", "的(de)", "木（mu）", "，", "好(x)"]), max_size=40)
)
def test_twice_changes_nothing_and_the_batch_says_the_same(pieces: list[str]) -> None:
    text = "".join(pieces)
    made = repair(text)
    assert repair(made.text).text == made.text
    assert replay(text, made.repairs) == made.text
    assert repair_batch([text]) == [made]
