"""Families: found through disguise, not made of copies, chance or publishers' notices, whatever the order."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import pytest
from template_documents import article, labelled, note, plain

from detector.page.lines import label_texts
from detector.rules import load_rules
from detector.template.align import columns
from detector.template.bands import MAX_CANDIDATES, candidate_pairs
from detector.template.family import Families, find_families
from detector.template.features import template_row
from detector.template.links import profiles
from detector.text.repair import repair
from detector.types import Document, Label

NAMES = ["除湿机", "空气炸锅", "洗碗机", "智能门锁", "扫地机器人"]
COMPANIES = ["青禾股份", "长风电气", "东岭药业", "南浦机械", "西川能源", "北辰软件"]
PROSE = [
    "清晨的雾还没有散去,老人已经在河边坐了很久。他说这条河从前比现在宽得多。",
    "图书馆三楼靠窗的位子总是最先坐满,管理员每天都要提醒大家把水杯盖好。",
    "那一年冬天特别冷,院子里的石榴树冻死了半边,春天却又从根上发出了新芽。",
    "昨天的会议开到很晚,最后只定下一件事:把旧仓库改成社区活动中心。",
    "她把信折好放回抽屉,想了想,又拿出来重新读了一遍,然后才去厨房烧水。",
]


def find(documents: Sequence[Document], near: dict[str, str] | None = None) -> Families:
    return find_families([d.id for d in documents], [template_row(d) for d in documents], near=near)


def notes() -> list[Document]:
    draw = random.Random(3)
    return [
        note(f"note{i}", company, 600000 + i, [round(draw.uniform(1, 60), 2) for _ in range(5)])
        for i, company in enumerate(COMPANIES)
    ]


def test_articles_of_one_outline_are_one_family() -> None:
    found = find([article(name, name, number=10 + i) for i, name in enumerate(NAMES)])
    assert [c.members for c in found.clusters] == [tuple(sorted(NAMES))]
    assert found.clusters[0].relation == "templated"
    assert found.clusters[0].representative in NAMES


def test_pairs_are_ordered_and_say_why() -> None:
    found = find([article(name, name, number=10 + i) for i, name in enumerate(NAMES)])
    assert len(found.pairs) == len(NAMES) * (len(NAMES) - 1) // 2
    assert all(p.a < p.b and p.relation == "templated" for p in found.pairs)
    assert list(found.pairs) == sorted(found.pairs, key=lambda p: (p.a, p.b))
    assert all(p.outline is not None and 0.9 < p.outline <= 1 for p in found.pairs)
    assert found.pairs[0].facts["headings"] == 5
    assert found.pairs[0].facts["bits"] > 5


def test_robot_notes_in_one_paragraph_are_one_family() -> None:
    documents = [*notes(), *(plain(f"prose{i}", text) for i, text in enumerate(PROSE))]
    assert [c.members for c in find(documents).clusters] == [tuple(f"note{i}" for i in range(len(COMPANIES)))]


TRIPS = {
    "青石湖": ["湖水在早晨是灰的,过了九点才蓝起来,岸边常有人钓鱼", "公交在东门停,走到湖边还要一刻钟"],
    "白鹭洲": ["春天满洲都是油菜花,风一吹像铺开的黄布", "只有渡船能上岛,末班在傍晚六点"],
    "老君岭": ["站在岭上能望见三个县,秋天的云海最厚", "山路窄,自驾的人要留心会车的弯道"],
    "雁栖湾": ["退潮以后礁石露出来,缝里全是小螃蟹", "从车站打车过去大约要四十分钟"],
}
TAILS = ["门票不贵,老人免费,周末要提前预约", "旺季人多,住宿要早订", "饭馆都在山脚,口味偏辣", "信号时断时续,请先存好地图"]


def trips() -> list[Document]:
    """Pieces without headings on one sequence of sentence openings, each with words of its own after them."""
    made = []
    for k, (name, (view, way)) in enumerate(TRIPS.items()):
        lines: list[tuple[str, Label, int]] = [
            (f"{name}值得去吗", "title", 0),
            (f"周末去哪里是个老问题。{name}最近常有人提起,{name}到底怎么样呢。", "body", 0),
            (f"首先,从眼前的风景看,{name}{view}。", "body", 0),
            (f"其次,从来回的路程看,{name}{way}。", "body", 0),
            (f"另外,从花费的多少看,{TAILS[k]}。", "body", 0),
            (f"总之,要不要去{name},{TAILS[k - 1]},各人自己决定。", "body", 0),
        ]
        made.append(labelled(f"trip{k}", lines))
    return made


def test_texts_without_headings_are_a_family_by_their_openings() -> None:
    documents = [*trips(), *notes(), *(plain(f"prose{i}", text) for i, text in enumerate(PROSE))]
    assert tuple(f"trip{k}" for k in range(len(TRIPS))) in {c.members for c in find(documents).clusters}


def test_connectives_alone_are_no_family() -> None:
    documents = []
    for k in range(len(PROSE)):
        one, two, three, four = (PROSE[(k + j) % 5].split("。")[j % 2] for j in range(4))
        text = f"首先,{one}。\n其次,{two}。\n此外,{three}。\n总之,{four}。"
        documents.append(labelled(f"essay{k}", [(f"第{k}篇", "title", 0), *((x, "body", 0) for x in text.split("\n"))]))
    assert find(documents).clusters == ()


def test_few_texts_of_one_short_outline_are_a_family() -> None:
    dishes = {
        "拌黄瓜": "黄瓜拍碎,加蒜泥和醋",
        "蒸茄子": "茄子上锅蒸透,淋酱油",
        "炖豆腐": "豆腐切块,小火慢炖入味",
        "炒豆芽": "大火快炒,出锅前放葱",
    }
    documents = [
        labelled(
            name,
            [(f"# {name}", "heading", 1)]
            + [(line, "heading" if i % 2 == 0 else "body", 2 * (i % 2 == 0)) for i, line in enumerate(lines)],
        )
        for k, (name, how) in enumerate(dishes.items())
        for lines in [["## 主菜", f"{name[1:]}{k + 1}份", "## 配菜", TAILS[k][:4], "## 做法", how, "## 窍门", PROSE[k][:12]]]
    ]
    assert [c.members for c in find(documents).clusters] == [tuple(sorted(dishes))]


def test_copies_of_one_article_are_no_family() -> None:
    one = article("a", "除湿机")
    copies = [labelled(name, [(one.line_text(x), x.label, x.level) for x in one.lines]) for name in "abc"]
    assert find(copies).clusters == ()
    assert find(copies, near=dict.fromkeys("abc", "near-1")).clusters == ()


def test_reports_of_one_event_with_the_same_numbers_are_no_family() -> None:
    text = "昨日下午,城东一座仓库起火,面积约300平方米,消防出动12辆车、60人,18时扑灭,无人受伤,原因正在调查。损失约50万元。"
    again = text.replace("昨日下午", "记者获悉").replace("正在调查", "仍待查明")
    assert find([plain("a", text), plain("b", again)]).clusters == ()


def test_copies_join_the_family_of_their_representative() -> None:
    documents = [article(name, name, number=10 + i) for i, name in enumerate(NAMES)]
    copy = article("除湿机-copy", NAMES[0])
    found = find([*documents, copy], near={NAMES[0]: "near-1", "除湿机-copy": "near-1"})
    assert found.clusters[0].members == tuple(sorted([*NAMES, "除湿机-copy"]))
    assert "除湿机-copy" not in {name for p in found.pairs for name in (p.a, p.b)}


def test_unlike_texts_and_two_common_headings_are_no_family() -> None:
    documents = [plain(f"prose{i}", text) for i, text in enumerate(PROSE)]
    for i, text in enumerate(PROSE):
        own = ["河边的下午", "靠窗的位子", "石榴树", "旧仓库", "没寄出的信"]
        headings = ["概述", own[i], own[i - 1] + "以后", own[i - 2] + "的夜里", "结语"]
        documents.append(labelled(f"h{i}", [(text, "body", 0), *((h, "heading", 1) for h in headings)]))
    assert find(documents).clusters == ()


def test_other_outline_of_the_same_topic_stays_outside() -> None:
    outside = labelled(
        "outside",
        [
            ("除湿机噪音大怎么办", "title", 0),
            ("买来的第一周", "heading", 1),
            ("除湿机刚到家时声音不大,放在卧室也能睡着。", "body", 0),
            ("邻居的建议", "heading", 1),
            ("隔壁说垫一块橡胶垫就好,试了之后安静了不少。", "body", 0),
            ("后来我换了位置", "heading", 1),
            ("挪到阳台以后,噪音大的问题再也没有出现。", "body", 0),
        ],
    )
    found = find([*(article(name, name) for name in NAMES), outside])
    assert "outside" not in found.clusters[0].members


def test_order_changes_nothing() -> None:
    documents = [*(article(name, name, number=i) for i, name in enumerate(NAMES)), *notes()]
    expected = find(documents)
    assert len(expected.clusters) == 2
    for seed in range(4):
        random.Random(seed).shuffle(documents)
        assert find(documents) == expected


def test_a_family_grows_by_its_new_member() -> None:
    before = find([article(name, name) for name in NAMES[:4]]).clusters[0].members
    after = find([article(name, name) for name in NAMES]).clusters[0].members
    assert set(before) < set(after)


def test_nothing_and_one_document() -> None:
    assert find([]) == Families((), ())
    assert find([article("a", "除湿机")]) == Families((), ())


def test_candidates_stay_linear_in_a_large_bucket() -> None:
    draw = random.Random(1)
    rows = [template_row(note(str(i), "青禾股份", i, [round(draw.uniform(1, 60), 2) for _ in range(5)])) for i in range(400)]
    table = columns(rows)
    assert len(candidate_pairs(table, profiles(rows, table))) <= 400 * MAX_CANDIDATES


@pytest.mark.parametrize(("disguise", "least"), [("light", 0.97), ("middle", 0.95), ("strong", 0.6)])
def test_generated_families_are_found_through_disguise(disguise: str, least: float) -> None:
    bench = pytest.importorskip("templates", reason="bench/templates.py is no part of this installation")
    documents, truth = bench.corpus(disguise, 1, 8, 5)
    assert bench.measure(find(documents), truth)["f1"] >= least


def test_seeds_are_one_family_and_the_other_page_is_outside(shared_seeds: Path) -> None:
    paths = sorted(shared_seeds.glob("*.txt"))
    names = [path.name for path in paths]
    documents = _labelled([(path.name, repair(path.read_text(encoding="utf-8")).text) for path in paths])
    found = find(documents)
    assert [c.members for c in found.clusters] == [tuple(names[:4])]
    assert len(found.pairs) == 6
    assert all(p.b in names[:4] for p in found.pairs)


def _read(folder: Path, name: str, limit: int) -> list[tuple[str, str]]:
    """Ids and texts of the first documents of a set."""
    path = folder / f"{name}.jsonl.gz"
    if not path.is_file():
        pytest.skip(f"{path} is absent")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in islice(file, limit)]
    return [(str(row["id"]), row["text"]) for row in rows]


def _labelled(rows: Sequence[tuple[str, str]]) -> list[Document]:
    texts = [text for _, text in rows]
    pages = label_texts(texts, [None] * len(texts), load_rules())
    return [
        Document(id=name, source=name, source_text=page.source_text, text=page.text, lines=page.lines, title=page.title)
        for (name, _), page in zip(rows, pages, strict=True)
    ]


def test_recipes_are_one_family(shared_data: Path) -> None:
    documents = _labelled(_read(shared_data, "howtocook", 120))
    found = find(documents)
    assert len(found.clusters) == 1
    assert len(found.clusters[0].members) >= 0.98 * len(documents)


@pytest.mark.parametrize(("name", "most"), [("literature", 0), ("laws", 12), ("lctt_tech", 6)])
def test_honest_sets_make_hardly_a_family(shared_data: Path, name: str, most: int) -> None:
    found = find(_labelled(_read(shared_data, name, 150)))
    assert sum(len(c.members) for c in found.clusters) <= most


def test_robot_news_are_found_and_ordinary_news_are_not(shared_data: Path) -> None:
    documents = [plain(name, text) for name, text in _read(shared_data, "crud_rag_news", 3000)]
    notes = {d.id for d in documents if "报收于" in d.text[:120] and "换手率" in d.text}
    inside = {name for c in find(documents).clusters for name in c.members}
    assert len(notes & inside) >= 0.9 * len(notes) > 0
    assert len(inside - notes) <= 0.02 * len(documents)
