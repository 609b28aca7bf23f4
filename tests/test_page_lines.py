"""Labels of lines: farm chrome goes, articles of every kind stay, and a batch never changes a result."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.page.blocks import blocks_of
from detector.page.lines import LabelledText, label_pages, label_texts, strip
from detector.rules import RuleSet, load_rules
from detector.text.repair import repair
from detector.types import BODY_LABELS

PROSE = (
    "阳台朝南的人家，春天总要先把花盆搬到有光的地方，再给土松一松。",
    "浇水要看天气，阴天少浇，晴天早晚各一次，水不要积在盆底，不然根会烂。",
    "到了夏天，生菜容易抽薹，可以换成空心菜和苋菜，它们都不怕热，长得也快。",
    "秋天种下的蒜苗，过年的时候正好能吃，一茬剪完还会再长一茬，不用多管。",
)


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return load_rules()


def label(text: str, rules: RuleSet, title: str | None = None) -> LabelledText:
    return label_texts([text], [title], rules)[0]


def named(text: str, rules: RuleSet) -> dict[str, str]:
    found = label(text, rules)
    return {text[line.start : line.end].strip(): line.label for line in found.lines}


FARM = f"""园艺频道

种菜大全

分享

阳台种菜的方法

李某某 2023-04-05 06:07:08

小编导语

{PROSE[0]}

一、选盆与土

阳台种菜的方法

1.1 花盆

{PROSE[1]}

1.2 土

{PROSE[2]}

二、四季安排

{PROSE[3]}

声明：本网站所提供的信息仅供参考，不代表本站观点，如有侵权请联系 12345678@qq.com

最新文章

随机看看"""


def test_a_farm_page_is_taken_apart(rules: RuleSet) -> None:
    found = label(FARM, rules)
    by_number = {line.number: line.label for line in found.lines}
    assert [by_number[n] for n in (1, 3, 5)] == ["navigation"] * 3
    assert by_number[7] == "title"
    assert by_number[9] == "byline"
    assert by_number[11] == "heading"
    assert by_number[17] == "caption"
    assert [by_number[n] for n in (15, 19, 23, 27)] == ["heading"] * 4
    assert by_number[31] == "disclaimer"
    assert [by_number[n] for n in (33, 35)] == ["related"] * 2
    assert found.title == "阳台种菜的方法"
    assert found.published == "2023-04-05 06:07:08"
    assert [line.level for line in found.lines if line.label == "heading"][1:] == [1, 2, 2, 1]


def test_a_list_of_other_titles_goes_with_or_without_heading_and_bullets(rules: RuleSet) -> None:
    titles = [
        f"{thing}{end}"
        for thing in ("信用卡", "热水器", "驾照", "金鱼", "绿茶", "地铁", "护照", "快递", "壁纸", "咖啡机")
        for end in ("怎么取消？", "使用方法详解", "多少钱一个月")
    ]
    for bullet in ("", "- "):
        for heading in ([], ["更多推荐"]):
            text = "\n".join([*PROSE, *heading, *(bullet + title for title in titles)])
            assert label(text, rules).text == "\n".join(PROSE), (bullet, heading)


def test_keyword_lines_notices_and_calls_go(rules: RuleSet) -> None:
    chrome = {
        "成人无码视频,亚洲精品在线观看,欧美激情免费看,少妇人妻": "spam",
        "时时彩平台,北京赛车pk10官网,百家乐注册送,棋牌下载": "spam",
        "免责声明：本文来自网络，如有侵权请联系删除。": "disclaimer",
        "长按识别二维码关注我们的公众号": "promotion",
        "上一篇：怎样给月季剪枝": "navigation",
        "相关阅读": "related",
    }
    text = "\n".join([*PROSE, *chrome])
    found = named(text, rules)
    assert {line: found[line] for line in chrome} == chrome
    assert label(text, rules).text == "\n".join(PROSE)


def test_a_lead_that_comes_again_is_a_teaser(rules: RuleSet) -> None:
    text = "\n".join(["阳台种菜的方法", "2023-04-05 06:07:08 浏览", PROSE[1][:30], PROSE[0] + PROSE[1], *PROSE[2:]])
    assert named(text, rules)[PROSE[1][:30]] == "teaser"


POEM = """静夜思

床前明月光，
疑是地上霜。
举头望明月，
低头思故乡。

这首诗写的是一个人在夜里看见月光，想起了家乡，语言平白，情意很深。"""
RECIPE = """# 番茄炒蛋的做法

## 必备原料

- 番茄
- 鸡蛋
- 葱花
- 白糖

## 操作

1. 番茄切块，鸡蛋打散。
2. 热锅下油，倒入蛋液，凝固后盛出。
3. 番茄下锅炒出汁，放回鸡蛋，加盐和少许白糖。"""
CODE = """下面的脚本把一个文件夹里的图片都改成小写的名字：

```python
import os

for name in os.listdir("."):
    os.rename(name, name.lower())
```

运行之前先做一份备份，文件名重复的时候它会停下来。"""
TABLE = """下表是这个小站过去六年的雨量，单位是毫米，仪器在二〇一九年换过一次：

年份\t雨量
2016\t812
2017\t790
2018\t845
2019\t901
2020\t877
2021\t860

换仪器的那一年读数偏高，比较的时候要留意，不能只看表面的数字。"""
GLOSSARY = """读书笔记里常见的几个词，先解释一下，后面就不再重复了：

光圈：镜头里让光通过的孔，孔越大照片越亮。
快门：控制曝光时间的装置，越快越能定住动作。
焦距：镜头到成像面的距离，决定视野的大小。
白平衡：让白色在不同的光线下仍然是白色的调整。

这些词在每一章都会用到，记不住也没有关系，翻回来看就好。"""
STATUTE = """第一章 总则

第一条 为了规范本市的河道管理，保护水环境，根据有关法律，结合本市实际，制定本条例。

第二条 本市行政区域内河道的整治、利用和保护，适用本条例。

第二章 附则

第三条 本条例自公布之日起施行。"""


@pytest.mark.parametrize("text", [POEM, RECIPE, CODE, TABLE, GLOSSARY, STATUTE, "\n".join(PROSE), PROSE[0]])
def test_legitimate_lines_stay(text: str, rules: RuleSet) -> None:
    assert label(text, rules).text == text


def test_a_whole_article_in_one_line_is_body_even_with_a_notice_in_it(rules: RuleSet) -> None:
    text = "".join(PROSE) * 8 + "（责任编辑：某某）声明：本文仅供参考，转载请注明出处。"
    assert label(text, rules).text == text


def test_pages_lose_menus_and_lists_and_keep_the_article(rules: RuleSet) -> None:
    html = f"""<html><head><title>阳台种菜的方法_某某网</title></head><body>
    <div class=nav><a href=1>首页</a> <a href=2>新闻</a> <a href=3>生活</a></div>
    <div class=main><h1>阳台种菜的方法</h1><div class=info>2023-04-05 06:07 来源：某某网</div>
    <div class=content>{"".join(f"<p>{line}</p>" for line in PROSE)}</div></div>
    <div class=related><h3>相关阅读</h3>
    <ul>{"".join(f"<li><a href={n}>第{n}种花怎么养才能开得好</a></li>" for n in range(12))}</ul></div>
    <div class=footer>Copyright © 2010-2023 某某网 版权所有</div></body></html>"""
    found = label_pages([blocks_of(html)], rules)[0]
    assert found.text == "\n".join(["阳台种菜的方法", *PROSE])
    labels = {found.source_text[line.start : line.end]: line.label for line in found.lines}
    assert labels["相关阅读"] == "related"
    assert labels["第3种花怎么养才能开得好"] == "related"


LINES = st.sampled_from(
    [*PROSE, *FARM.split("\n"), "相关文章", "- 列表里的一个标题", "", "Read more", "1. 第一步", "   ", "## 标题"]
)
TEXTS = st.lists(LINES, max_size=25).map("\n".join)


@settings(max_examples=60, deadline=None)
@given(st.lists(TEXTS | st.text(max_size=80), min_size=1, max_size=5))
def test_a_batch_gives_what_its_texts_give_alone(texts: list[str]) -> None:
    rules = load_rules()
    batch = label_texts(texts, [None] * len(texts), rules)
    assert batch == [label_texts([text], [None], rules)[0] for text in texts]
    for text, found in zip(texts, batch, strict=True):
        assert found.source_text == text
        assert [line.number for line in found.lines] == [n for n, line in enumerate(text.split("\n"), 1) if line.strip()]
        assert sum(line.label == "title" for line in found.lines) <= 1
        assert all((line.level > 0) == (line.label == "heading") for line in found.lines)


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_what_is_stripped_keeps_lines_and_order(text: str) -> None:
    found = label(text, load_rules())
    kept = [text[line.start : line.end] for line in found.lines if line.label in BODY_LABELS]
    assert [line.rstrip() for line in strip(text, found.lines).split("\n") if line.strip()] == kept
    if len(kept) == len(found.lines) and kept:
        assert found.text == text


def test_gaps_around_what_went_stay_blank_lines() -> None:
    rules = load_rules()
    text = f"{PROSE[0]}\n\n相关阅读\n\n{PROSE[1]}\n{PROSE[2]}\n  {PROSE[3]}"
    assert label(text, rules).text == f"{PROSE[0]}\n\n{PROSE[1]}\n{PROSE[2]}\n  {PROSE[3]}"


def test_seed_lines_are_right(shared_seeds: Path, rules: RuleSet) -> None:
    gold: dict[str, dict[int, set[str]]] = defaultdict(dict)
    with (shared_seeds.parent / "gold" / "seed-lines.tsv").open(encoding="utf-8") as file:
        for name, number, labels in csv.reader((row for row in file if not row.startswith("#")), delimiter="\t"):
            gold[name][int(number)] = set(labels.split("|"))
    total = right = 0
    for name, lines in gold.items():
        text = repair((shared_seeds / name).read_text(encoding="utf-8")).text
        found = {line.number: line.label for line in label(text, rules).lines}
        for number, labels in lines.items():
            total += 1
            right += found[number] in labels
            if labels & {"related", "spam", "disclaimer"}:
                assert found[number] in labels, (name, number, found[number])
    assert right / total >= 0.99
