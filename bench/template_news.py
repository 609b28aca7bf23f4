"""Robot-written families among real news: precision and recall of pairs by pattern, and ordinary news taken into a family.

    python bench/template_news.py [--limit 31879] [--show]

A document of crud_rag_news is a robot's where its first 160 characters hold the pattern of a kind of note; two are a
pair where they are of one kind. A kind that fewer than three documents have is left out. Ordinary is what matches none
of the kinds; `--show` prints the beginnings of ordinary documents that are in a family, for a person to read: many of
them are notes of kinds that are not listed.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
from collections import Counter
from itertools import islice

import templates as bench

from detector.template.family import Families, find_families
from detector.template.features import template_row

BEGINNING = 160
# Frames of the notes, in the order in which they are tried.
KINDS = {
    "close, Hong Kong": r"HK[)）].{0,60}报收于",
    "close": r"截至.{4,12}收盘.{0,40}报收于",
    "fund value": r"最新单位净值为",
    "index close": r"指数.{0,12}报收于?\d",
    "shareholders": r"公司股东户数为",
    "pledge": r"公开信息显示[,，]股东.{0,60}质押",
    "currency": r"人民币(兑|对)美元(汇率)?中间价",
    "below issue price": r"中国经济网北京.{4,8}讯 (今日[,，])?[^,，。]{2,10}[(（]\d{6}\.S[HZ][)）](今日)?(股价|收报|盘中)",
    "half year": r"中国经济网北京.{4,8}讯 [^,，。]{2,10}[(（]\d{6}\.S[HZ][)）](近日|昨日晚间).{0,4}20\d\d年半年度",
    "manager": r"发布基金经理变更公告",
    "fund sale": r"正式发行[,，]募集期",
    "held by fund": r"基金重仓该股",
    "northbound": r"日北向资金[增减]持[\d.]",
    "block trade": r"大宗交易成交价格",
    "meeting": r"股东大会决议公告",
    "announcement, Hong Kong": r"HK[)）]发布公告",
    "signal": r"策略之王监测到",
    "lottery": r"(大乐透|双色球|排列三|福彩3D)第?\s?20?\d{3,6}期",
    "weather today": r"今日天气今天是",
    "typhoon": r"中央气象台.{2,10}时(继续)?发布台风",
    "gold": r"金店(黄金)?价格",
    "Hong Kong market": r"恒生指数[涨跌][\d.]+[%％]",
    "rain": r"日7时,全省大部降",
    "air": r"我市AQI为",
    "pivot": r"枢纽点\+多空占比",
}
_KINDS = {kind: re.compile(pattern, re.DOTALL) for kind, pattern in KINDS.items()}


def kind_of(text: str) -> str | None:
    """The kind of note that a text is by its beginning."""
    return next((kind for kind, pattern in _KINDS.items() if pattern.search(text[:BEGINNING])), None)


def pairs(n: int) -> int:
    return n * (n - 1) // 2


def show(texts: dict[str, str], found: Families, reading: bool) -> None:
    """Print what was found of each kind, and of what is of none."""
    kinds = {name: kind for name, text in texts.items() if (kind := kind_of(text))}
    sizes = Counter(kinds.values())
    family = {name: cluster.id for cluster in found.clusters for name in cluster.members}
    both = Counter((kind, family[name]) for name, kind in kinds.items() if name in family)
    members = Counter(family.values())
    robot = {cluster for _, cluster in both}
    print(f"{'kind':18} {'documents':>9} {'in families':>11} {'recall of pairs':>15}")
    for kind, size in sizes.most_common():
        if size >= 3:
            inside = [n for (k, _), n in both.items() if k == kind]
            print(f"{kind:18} {size:9} {sum(inside):11} {sum(map(pairs, inside)) / pairs(size):15.3f}")
    listed = {kind for kind, size in sizes.items() if size >= 3}
    right = sum(pairs(n) for (kind, _), n in both.items() if kind in listed)
    print(f"recall of pairs {right / max(1, sum(pairs(n) for k, n in sizes.items() if k in listed)):.3f}")
    print(f"precision of pairs in their families {right / max(1, sum(pairs(members[c]) for c in robot)):.3f}")
    ordinary = [name for name in texts if name not in kinds]
    strays = [name for name in ordinary if name in family]
    print(f"of no kind {len(ordinary)}, in no family {1 - len(strays) / max(1, len(ordinary)):.4%} ({len(strays)} are in one)")
    if reading:
        for name in sorted(strays, key=lambda name: (family[name], name)):
            print(family[name][7:13], members[family[name]], " ".join(texts[name][:100].split()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--limit", type=int, default=31879)
    parser.add_argument("--show", action="store_true", help="print what is in a family and of no kind")
    args = parser.parse_args()
    with gzip.open(bench.SHARED / "crud_rag_news.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in islice(file, args.limit)]
    random.Random(1).shuffle(rows)
    documents = [bench.plain(str(row["id"]), row["text"]) for row in rows]
    found = find_families([d.id for d in documents], [template_row(d) for d in documents])
    show({d.id: d.source_text for d in documents}, found, args.show)


if __name__ == "__main__":
    main()
