"""What the weights are fitted on: gold is found in lines, and made-up pages are what they say they are."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.boost import fit_trees
from tools.line_corpus import Example, align
from tools.line_pages import made_pages

TEXT = "清早的市场很热闹。卖菜的人把摊子摆到路边，一直排到桥头。到了中午，人慢慢散了。收摊的时候，扫街的车正好开过来。"


def test_lines_of_the_gold_are_found_in_their_order() -> None:
    gold = "早市\n清早的市场很热闹。\n是\n卖菜的人把摊子摆到路边，一直排到桥头。"
    lines = [
        "首页",
        "早市",
        "早市",
        "清早的市场很热闹。",
        "是",
        "卖菜的人把摊子摆到路边，一直排到桥头。",
        "是",
        "早市",
        "联系我们",
    ]
    assert align(lines, gold) == [False, False, True, True, True, True, False, False, False]


def test_a_long_line_out_of_order_is_gold_too() -> None:
    first, second = "卖菜的人把摊子摆到路边，一直排到了桥头那里。", "收摊的时候，扫街的车正好从南边慢慢开过来。"
    assert align([second, first], f"{first}\n{second}") == [True, True]


def test_nothing_is_gold_without_gold() -> None:
    assert align(["一句话。", ""], "") == [False, False]


def test_made_up_pages_hold_their_article_and_other_lines_and_never_change() -> None:
    clean = [Example(str(n), str(n), (), (), text=TEXT + str(n) + "。") for n in range(6)]
    pages = made_pages(clean, 12, 0.3)
    assert [page.lines for page in pages] == [page.lines for page in made_pages(clean, 12, 0.3)]
    for page in pages:
        body = "".join(line for line, is_body in zip(page.lines, page.is_body, strict=True) if is_body)
        assert 0 < sum(page.is_body) < len(page.lines)
        assert len(body) >= 0.9 * len("".join(page.gold.split("\n")))


def test_trees_learn_what_two_features_say_together() -> None:
    rng = np.random.default_rng(1)
    x = rng.random((4000, 3)).astype(np.float32)
    y = ((x[:, 0] > 0.5) ^ (x[:, 1] > 0.3)).astype(np.float64)
    trees = fit_trees(x, ["a", "b", "c"], y, np.ones(len(y)), n_trees=40, depth=3, rate=0.3, column_share=1.0)
    columns = np.ascontiguousarray(x.T[[["a", "b", "c"].index(name) for name in trees.names]])
    assert ((trees.log_odds(columns) > 0) == (y > 0)).mean() > 0.97
