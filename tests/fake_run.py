"""A run folder as `detector scan` writes it, small and invented, for the tests of what is drawn from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson

CITIES = ("青河", "南屿", "白石", "临泽", "东渡", "望江")
HEADINGS = ("一、〔1〕湿地公园门票多少钱", "二、〔1〕湿地公园开放时间", "三、〔1〕湿地公园怎么去", "四、游玩注意事项")
NOTICE = "声明：本文由网友投稿，如有侵权请联系 kefu@example.com 删除"
TAIL = ("最新文章", "白石古镇一日游攻略大全", "临泽温泉酒店怎么预订", "望江美食排行榜前十名")


def farm_text(city: str) -> str:
    """An invented travel page on one template, with a notice and a tail of links."""
    body = [f"{city}湿地公园游玩攻略", "近年来，随着旅游业的迅猛发展，越来越多的游客前往湿地观鸟。"]
    for heading in HEADINGS:
        body += [heading.replace("〔1〕", city), f"关于{city}的这一问题，游客应当提前了解，做好准备，祝大家旅途愉快。"]
    return "\n".join([*body, NOTICE, *TAIL])


def cleaned(text: str) -> str:
    return text.partition("\n" + NOTICE)[0]


def document(name: str, text: str, **columns: Any) -> dict[str, Any]:
    """A row of `documents.jsonl`, an honest kept page unless `columns` say otherwise."""
    row: dict[str, Any] = {
        "id": name,
        "source": "corpus.jsonl",
        "url": f"https://news.example.org/{name}",
        "host": "news.example.org",
        "title": text.partition("\n")[0],
        "published": "2024-03-05",
        "script": "hans",
        "text": text,
        "chars_in": len(text),
        "chars_body": len(text),
        "repairs": [],
        "farm": False,
        "farm_probability": 0.01,
        "farm_bits": -6.6,
        "kinds": [],
        "evidence": [],
        "exact_group": None,
        "near_cluster": None,
        "template_family": None,
        "contained_in": None,
        "keep": True,
        "reason": None,
        "repaired": None,
    }
    return row | columns


def evidence(rule: str, kind: str, bits: float, text: str, quote: str, **facts: Any) -> dict[str, Any]:
    start = text.find(quote) if quote else 0
    return {
        "rule": rule,
        "kind": kind,
        "bits": bits,
        "start": start,
        "end": start + len(quote),
        "quote": quote,
        "facts": facts,
    }


def farm_row(city: str, number: int) -> dict[str, Any]:
    text = farm_text(city)
    found = [
        evidence("notice-free-mail", "notice", 4.5, text, "声明：本文由网友投稿"),
        evidence("empty-tail-heading", "tail", 3.0, text, "最新文章"),
        evidence("stock-opener", "phrases", 1.2, text, "近年来，随着旅游业的迅猛发展"),
        evidence("named-author", "byline", -0.8, text, ""),
        evidence("family-of-hosts", "skeleton", 2.4, text, "", family="family-1", hosts=3, similarity=0.91),
    ]
    bits = -3.2 + sum(item["bits"] for item in found)
    return document(
        f"farm-{number}",
        cleaned(text),
        repaired=text,
        chars_in=len(text),
        host=f"travel{number % 3}.example.net",
        url=f"https://travel{number % 3}.example.net/{number}.html",
        farm=True,
        farm_bits=bits,
        farm_probability=1 / (1 + 2**-bits),
        kinds=["notice", "phrases", "skeleton", "tail"],
        evidence=found,
        template_family="family-1",
        keep=False,
        reason="farm",
    )


ARTICLE = (
    "市图书馆夜间开放首周迎来两千名读者\n"
    "本报讯 市图书馆从周一起把闭馆时间推迟到晚上十点。首周夜间共有两千一百人次入馆。\n"
    "馆长介绍，夜间读者大多是刚下班的年轻人。二楼自习区座位最先坐满，三楼报刊区也比白天热闹。\n"
    "下个月起，图书馆还将增开周末讲座。讲座免费，需提前一天预约。"
)
REPRINT = ARTICLE.replace("两千一百人次", "近两千二百人次").replace("讲座免费，需提前一天预约。", "讲座免费。")
TRADITIONAL = (
    "市圖書館夜間開放首週迎來兩千名讀者\n本報訊 市圖書館從週一起把閉館時間推遲到晚上十點。首週夜間共有兩千一百人次入館。"
)


def document_rows() -> list[dict[str, Any]]:
    rows = [farm_row(city, number) for number, city in enumerate(CITIES)]
    rows += [
        document("news-1", ARTICLE, near_cluster="near-1"),
        document("news-2", REPRINT, host="paper.example.org", near_cluster="near-1", keep=False, reason="near"),
        document("news-3", ARTICLE, host="copy.example.org", exact_group="exact-1", keep=False, reason="exact"),
        document("news-4", ARTICLE.partition("\n下个月")[0], contained_in="news-1", keep=False, reason="contained"),
        document(
            "hant-1",
            TRADITIONAL,
            script="hant",
            farm_probability=0.31,
            farm_bits=-1.15,
            evidence=[evidence("stock-opener", "phrases", 2.05, TRADITIONAL, "市圖書館夜間開放")],
            repairs=[{"kind": "pinyin-gloss", "line": 2, "before": "週(zhōu)一", "after": "週一"}],
        ),
    ]
    return rows


def line_rows(documents: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for row in documents:
        start = 0
        for number, line in enumerate((row["repaired"] or row["text"]).split("\n"), 1):
            label, rules = _label(line, number)
            span = {"start": start, "end": start + len(line)}
            rows.append({"document": row["id"], "line": number, "label": label, "rules": rules, **span})
            start += len(line) + 1
    return rows


def _label(line: str, number: int) -> tuple[str, list[str]]:
    if line == NOTICE:
        return "disclaimer", ["notice-free-mail"]
    if line in TAIL:
        return "related", ["empty-tail-heading"] if line == TAIL[0] else ["model:link_density"]
    return ("title" if number == 1 else "heading" if line[1:2] == "、" else "body"), []


def tables() -> dict[str, list[dict[str, Any]]]:
    """Every table of the run."""
    documents = document_rows()
    farms = [row["id"] for row in documents if row["farm"]]
    return {
        "documents": documents,
        "lines": line_rows(documents),
        "pairs": [
            {"a": "news-1", "b": "news-2", "relation": "near", "jaccard": 0.86, "containment": None, "outline": None},
            {"a": "news-1", "b": "news-3", "relation": "exact", "jaccard": 1.0, "containment": 1.0, "outline": None},
            {
                "a": "news-1",
                "b": "news-4",
                "relation": "contained",
                "jaccard": 0.7,
                "containment": 1.0,
                "outline": None,
            },
        ],
        "clusters": [
            _cluster("near-1", "near", ["news-1", "news-2"], 0.86),
            _cluster("exact-1", "exact", ["news-1", "news-3"], 1.0),
        ],
        "templates": [
            {
                "id": "family-1",
                "members": farms,
                "hosts": ["travel0.example.net", "travel1.example.net", "travel2.example.net"],
                "skeleton": ["# 〔1〕湿地公园游玩攻略", *HEADINGS[:2], "  " + HEADINGS[2], "? 四、游玩注意事项"],
                "slots": [{"name": "1", "values": [[city, 1] for city in CITIES]}],
                "coverage": {name: 1.0 - 0.04 * number for number, name in enumerate(farms)},
                "shared": {"contacts": [["kefu@example.com", 6]], "sentences": ["祝大家旅途愉快。"]},
            }
        ],
        "sites": [
            {"host": f"travel{n}.example.net", "pages": 2, "farm_pages": 2, "duplicate_share": 0.0}
            | {"templated_share": 1.0, "related_share": 0.21, "score": 0.93 - n / 100}
            for n in range(3)
        ],
        "removed": [
            {"id": row["id"], "reason": row["reason"], "kept": None if row["farm"] else "news-1", "evidence": {}}
            for row in documents
            if not row["keep"]
        ],
        "failures": [{"source": "broken.html", "stage": "decode", "reason": "no text in any charset"}],
    }


def manifest() -> dict[str, Any]:
    return {
        "version": "0.1.0",
        "started": "2024-05-01T10:00:00Z",
        "seconds": {"read": 0.2, "examine": 1.5, "relate": 0.3, "decide": 0.1, "write": 0.4},
        "peak_memory_mib": {"examine": 210, "relate": 240},
        "counts": {
            **{"documents": 11, "failures": 1, "farm": 6, "exact_groups": 1, "near_clusters": 1, "contained": 1},
            **{"families": 1, "kept": 2, "removed": 9, "repairs": 1},
            "lines": {"title": 11, "heading": 24, "body": 40, "related": 24, "disclaimer": 6},
        },
        "settings": {"threshold": 0.7, "keep": "longest", "rules": None, "fields": {"text": "content"}, "workers": 2},
        "rules_digest": "5f0c",
        "inputs": [{"source": "corpus.jsonl", "digest": "ab12", "documents": 11}],
    }


def write_run(
    folder: Path, changed: Mapping[str, Iterable[dict[str, Any]]] | None = None, settings: Mapping[str, Any] | None = None
) -> Path:
    """Write the run into `folder`, with the tables of `changed` instead of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in {**tables(), **(changed or {})}.items():
        with (folder / f"{name}.jsonl").open("wb") as file:
            file.writelines(orjson.dumps(row) + b"\n" for row in rows)
    (folder / "manifest.json").write_bytes(orjson.dumps({**manifest(), **(settings or {})}))
    return folder


def _cluster(name: str, relation: str, members: list[str], jaccard: float) -> dict[str, Any]:
    figures = {"min_jaccard": jaccard, "median_jaccard": jaccard, "chained": 1 if relation == "near" else 0}
    return {"id": name, "relation": relation, "representative": members[0], "members": members, **figures}
