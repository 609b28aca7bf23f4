"""Turns the development sets into lines with gold: pages as blocks, their plain text, clean texts, and lists put into them."""

from __future__ import annotations

import gzip
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import numpy as np
import orjson
from lxml import etree

from detector.page import markup
from detector.page.blocks import Page, blocks_of

DATA = Path(os.environ.get("DETECTOR_DATA", Path(__file__).resolve().parents[1].parent / "shared" / "data"))
_TOKEN = re.compile(
    r"[\u3400-\u9fff\uf900-\ufaff\u3040-\u30ff\uac00-\ud7af]|[^\W\u3400-\u9fff\uf900-\ufaff\u3040-\u30ff\uac00-\ud7af]+"
)


SHINGLE = 4
MAX_PLACES = 300
MIN_OUT_OF_ORDER = 16  # tokens of a line that may stand anywhere in the gold


@dataclass(frozen=True, slots=True)
class Example:
    """The lines of one document, which of them belong to the article, and the group that folds keep together."""

    id: str
    group: str
    lines: tuple[str, ...]
    is_body: tuple[bool, ...]
    weight: float = 1.0
    page: Page | None = None
    text: str = ""  # the source text, for plain texts
    gold: str = ""
    source: str = ""  # the set, and how it was made into lines


def rows(name: str) -> Iterator[dict[str, Any]]:
    with gzip.open(DATA / f"{name}.jsonl.gz") as file:
        for line in file:
            yield orjson.loads(line)


def tokens(text: str) -> list[str]:
    return _TOKEN.findall(text.lower())


def align(lines: Sequence[str], gold: str) -> list[bool]:
    """Which lines stand in the gold text: the heaviest chain of lines whose places in the gold never go back.

    The same words in a menu or below the article are not part of that chain; long lines that the gold has in another
    order are added where nothing else claims their place.
    """
    words = tokens(gold)
    places = _places(words)
    sizes = [0] * len(lines)
    spans: list[list[tuple[int, int, float]]] = []
    for row, line in enumerate(lines):
        own = tokens(line)
        sizes[row] = len(own)
        spans.append(_spans(own, places, len(words)))
    chosen = _chain(spans, len(words))
    body = [row in chosen for row in range(len(lines))]
    taken = np.zeros(len(words) + 1, np.bool_)
    for start, end in chosen.values():
        taken[start:end] = True
    for row, found in enumerate(spans):
        for start, end, _ in found if not body[row] and sizes[row] >= MIN_OUT_OF_ORDER else []:
            if taken[start:end].mean() < 0.3:
                body[row] = True
                taken[start:end] = True
                break
    return body


def _places(words: Sequence[str]) -> dict[tuple[str, ...], list[int]]:
    """Where each run of one to four words stands in the gold."""
    places: dict[tuple[str, ...], list[int]] = {}
    for size in range(1, SHINGLE + 1):
        for at in range(len(words) - size + 1):
            found = places.setdefault(tuple(words[at : at + size]), [])
            if len(found) < MAX_PLACES:
                found.append(at)
    return places


def _spans(own: Sequence[str], places: dict[tuple[str, ...], list[int]], n_words: int) -> list[tuple[int, int, float]]:
    """(start, end, weight) of the places in the gold where most shingles of a line stand, best first."""
    if not own:
        return []
    size = min(SHINGLE, len(own))
    votes: Counter[int] = Counter()
    for at in range(len(own) - size + 1):
        for place in places.get(tuple(own[at : at + size]), ()):
            votes[place - at] += 1
    n_shingles = len(own) - size + 1
    slack = 3 if len(own) > 8 else 0  # words that one of the two has more
    found = []
    for start in votes:
        share = sum(votes[start + shift] for shift in range(-slack, slack + 1)) / n_shingles
        if share >= 0.6:
            span = (max(start, 0), min(start + len(own), n_words), min(share, 1.0) * len(own))
            found.append(span)
    return sorted(found, key=lambda span: (-span[2], span[0]))[: MAX_PLACES if size < SHINGLE else 20]


def _chain(spans: Sequence[Sequence[tuple[int, int, float]]], n_words: int) -> dict[int, tuple[int, int]]:
    """The heaviest chain of spans in rising order, row -> span (a Fenwick tree of the best weight up to each word)."""
    tree = [(0.0, -1)] * (n_words + 2)
    states: list[tuple[int, int, int, int]] = []
    for row, found in enumerate(spans):
        ends = []
        for start, end, weight in found:
            best, at = (0.0, -1), start + 1 + (end - start > 12)
            while at > 0:
                best = max(best, tree[at])
                at -= at & -at
            states.append((row, start, end, best[1]))
            ends.append((end, best[0] + weight, len(states) - 1))
        for end, weight, state in ends:
            at = end + 1
            while at < n_words + 2:
                if weight >= tree[at][0]:  # of equal chains the one whose lines stand lower
                    tree[at] = (weight, state)
                at += at & -at
    best, at = (0.0, -1), n_words + 1
    while at > 0:
        best = max(best, tree[at])
        at -= at & -at
    chosen = {}
    state = best[1]
    while state >= 0:
        row, start, end, state = states[state]
        chosen[row] = (start, end)
    return chosen


def page_examples(name: str, weight: float = 1.0) -> list[Example]:
    """Pages with their blocks; the group is the host, so that folds never share one."""
    found = []
    for row in rows(name):
        page = blocks_of(row["html"])
        lines = tuple(block.text for block in page.blocks)
        if lines:
            group = urlparse(row.get("url") or "").netloc or str(row["id"])
            found.append(
                Example(
                    row["id"],
                    group,
                    lines,
                    tuple(align([" " if block.flags & markup.ALT else block.text for block in page.blocks], row["gold"])),
                    weight,
                    page,
                    "",
                    row["gold"],
                    name,
                )
            )
    return found


def flat_examples(pages: Sequence[Example], htmls: dict[str, str] | None = None) -> list[Example]:
    """The plain text of pages: one block a line, as `text` of a page is."""
    return [
        Example(
            e.id,
            e.group,
            e.lines,
            e.is_body,
            e.weight,
            None,
            "\n".join(e.lines),
            e.gold,
            e.source,
        )
        for e in pages
    ]


def node_examples(name: str, weight: float = 0.5) -> list[Example]:
    """Pages as other tools flatten them: each run of text between two tags is a line."""
    found = []
    for row in rows(name):
        root = etree.fromstring(
            row["html"].encode("utf-8", "replace"),
            etree.HTMLParser(encoding="utf-8", huge_tree=True),
        )
        etree.strip_elements(root, "script", "style", "noscript", etree.Comment, with_tail=False)
        lines = tuple(" ".join(text.split()) for text in root.xpath("//body//text()", smart_strings=False) if text.strip())
        if lines:
            group = urlparse(row.get("url") or "").netloc or str(row["id"])
            body = tuple(align(lines, row["gold"]))
            found.append(
                Example(
                    row["id"],
                    group,
                    lines,
                    body,
                    weight,
                    None,
                    "\n".join(lines),
                    row["gold"],
                    name + " nodes",
                )
            )
    return found


def cleaneval_examples(weight: float = 0.5) -> list[Example]:
    """Text nodes with their own gold; runs of inline nodes are joined as a block would be."""
    found = []
    for row in rows("cleaneval_zh_nodes"):
        lines = tuple(" ".join(text.split()) for _, text, _ in row["nodes"])
        body = tuple(bool(label) for _, _, label in row["nodes"])
        found.append(
            Example(
                row["id"],
                "cleaneval-" + str(row["id"]),
                lines,
                body,
                weight,
                None,
                "\n".join(lines),
                "",
                "cleaneval",
            )
        )
    return found


def clean_examples(per_set: int, weight: float = 1.0) -> list[Example]:
    """Articles that are all body; one-line articles are cut into paragraphs of a few sentences."""
    found = []
    for name in (
        "thucnews_1k",
        "literature",
        "lctt_tech",
        "laws",
        "howtocook",
        "drcd_zh_hant",
        "zh_hant_misc",
        "crud_rag_news",
    ):
        rng = np.random.default_rng(11)
        for number, row in enumerate(rows(name)):
            if number >= per_set:
                break
            text = row["text"].strip()
            gap = "\n\n" if number % 2 else "\n"
            if number % 6 == 0:  # short texts are whole texts too
                text = text[: int(rng.integers(20, 400))].rstrip()
                text = paragraphs(text, rng, gap) if number % 4 and "\n" not in text else text
            elif text.count("\n") < 2 and number % 5:
                text = paragraphs(text, rng, gap)
            lines = tuple(line.strip() for line in text.split("\n") if line.strip())
            found.append(
                Example(
                    f"{name}-{row['id']}",
                    f"{name}-{number % 20}",
                    lines,
                    (True,) * len(lines),
                    weight,
                    None,
                    text,
                    text,
                    "clean " + name,
                )
            )
    return found


def paragraphs(text: str, rng: np.random.Generator, gap: str) -> str:
    """Cut a text of one line behind full stops, into paragraphs of one to five sentences."""
    sentences = re.findall(r"[^。！？]*[。！？”」]*", text)
    pieces, piece, wanted = [], "", int(rng.integers(1, 6))
    for sentence in sentences:
        piece += sentence
        wanted -= 1
        if wanted <= 0 and piece.strip():
            pieces.append(piece.strip())
            piece, wanted = "", int(rng.integers(1, 6))
    return gap.join([*pieces, piece.strip()] if piece.strip() else pieces)


# Slots and frames of invented list titles; the words are common nouns, so that no topic is learned.
_THINGS = [
    "信用卡",
    "公积金",
    "驾照",
    "护照",
    "居住证",
    "社保卡",
    "空调",
    "洗衣机",
    "热水器",
    "路由器",
    "手机号",
    "快递",
    "火车票",
    "身份证",
    "宽带",
    "电动车",
    "冰箱",
    "油烟机",
    "相机",
    "耳机",
    "游戏账号",
    "会员",
    "优惠券",
    "贷款",
    "保险",
    "养老金",
    "房产证",
    "多肉",
    "兰花",
    "金鱼",
    "红烧肉",
    "豆浆",
    "橘子",
    "核桃",
    "绿茶",
    "咖啡机",
    "瑜伽垫",
    "跑步机",
    "英语口语",
    "驾校",
    "考研",
    "论文",
    "简历",
    "发票",
    "营业执照",
    "商标",
    "感冒",
    "失眠",
    "颈椎",
    "皮肤",
    "头发",
    "减肥",
    "孕妇",
    "婴儿",
    "小区",
    "酒店",
    "景区",
    "地铁",
    "机场",
    "微波炉",
    "电饭煲",
    "显卡",
    "系统",
    "浏览器",
    "视频",
    "壁纸",
    "小说",
    "手游",
    "副本",
    "皮肤碎片",
    "年会",
    "婚礼",
]
_FRAMES = [
    "{}怎么办理",
    "{}怎么取消",
    "{}多少钱",
    "{}有哪些技巧",
    "{}使用方法详解",
    "{}常见问题解析",
    "{}攻略大全",
    "{}最新版下载",
    "{}哪个牌子好",
    "{}为什么会这样",
    "{}的好处与坏处",
    "如何选择{}",
    "如何快速{}",
    "{}查询入口",
    "{}客服电话",
    "{}注意事项一览",
    "{}全面指南",
    "{}到账时间说明",
    "一文看懂{}",
    "关于{}的几点建议",
    "{}价格走势分析",
    "{}图片欣赏",
    "{}排行榜",
    "{}真的好吗",
    "{}是什么意思",
    "{}推荐",
    "{}的制作秘诀",
    "教你{}的正确方法",
    "{}和{}的区别",
    "{}与{}哪个更好",
    "2024年{}新规定",
    "[{}]{}能不能用",
    "{}(最新版)能用吗",
    "{}怎么用,{}使用教程",
    "{}怎么回事?{}原因介绍",
    "{}、{}常见误区",
    "{}:从入门到精通",
    "{}下载安装教程",
    "{}申请条件",
    "{}流程",
]


def invented_titles(n: int, rng: np.random.Generator, loud_share: float) -> list[str]:
    """Titles as link farms have them; `loud_share` of them end in a question or exclamation mark."""
    few = list(rng.choice(_THINGS, max(3, int(rng.integers(3, 40)))))
    titles = []
    for _ in range(n):
        frame = str(rng.choice(_FRAMES))
        title = frame.format(*rng.choice(few, frame.count("{}")))
        if rng.random() < loud_share:
            title += str(rng.choice(["？", "！", "?", "??", "!"]))
        titles.append(title[: int(rng.integers(5, 30))] if rng.random() < 0.05 else title)
    return titles


def link_titles(pages: Sequence[Example]) -> dict[str, list[str]]:
    """The link texts of pages, by group: real lists of titles."""
    found: dict[str, list[str]] = {}
    for example in pages:
        assert example.page is not None
        for block, body in zip(example.page.blocks, example.is_body, strict=True):
            if not body and block.link_chars > 0.8 * len(block.text) and 8 <= len(block.text) <= 40:
                found.setdefault(example.group, []).append(block.text)
    return {group: titles for group, titles in found.items() if len(titles) >= 20}


def injected(clean: Sequence[Example], pools: dict[str, list[str]], n: int, seed: int = 3) -> list[Example]:
    """Clean articles with a list of other titles put at the start, into the middle or at the end."""
    rng = np.random.default_rng(seed)
    groups = sorted(pools)
    found = []
    for number in range(n):
        base = clean[int(rng.integers(len(clean)))]
        size = int(rng.choice([12, 20, 30, 60, 100]))
        if groups and rng.random() < 0.4:
            pool = pools[groups[int(rng.integers(len(groups)))]]
            titles = [str(t) for t in rng.choice(pool, size)]
        else:
            titles = invented_titles(size, rng, float(rng.choice([0.0, 0.33, 0.33, 0.8])))
        found.append(inject(base, titles, rng, number))
    return found


def inject(base: Example, titles: list[str], rng: np.random.Generator, number: int) -> Example:
    """One list put into one article, with or without bullets, blank lines and a heading."""
    bullet = str(rng.choice(["", "", "", "- ", "· ", "* ", "• "]))
    lines = [bullet + title for title in titles]
    if rng.random() < 0.3:
        lines.insert(
            0,
            str(rng.choice(["相关内容：", "其他文章", "更多推荐", "大家都在看", "热门问答"])),
        )
    old = base.text.split("\n")
    place = str(rng.choice(["start", "middle", "end"]))
    at = {"start": 0, "end": len(old)}.get(place)
    if at is None:
        at = int(rng.integers(1, max(2, len(old) - 1)))
    gap = [""] if rng.random() < 0.5 else []
    sep = "\n\n" if rng.random() < 0.2 else "\n"
    text = "\n".join([*old[:at], *gap, *sep.join(lines).split("\n"), *gap, *old[at:]])
    kept = sum(1 for line in old[:at] if line.strip())
    all_lines = [line.strip() for line in text.split("\n") if line.strip()]
    body = [not kept <= n < kept + len(lines) for n in range(len(all_lines))]
    return Example(
        f"injected-{number}",
        base.group,
        tuple(all_lines),
        tuple(body),
        0.6,
        None,
        text,
        base.text,
        f"injected {place}",
    )
