"""Turns texts with known labels into figures: seed lines, clean articles, lists put into articles, content nodes, speed.

    python bench/lines.py

The lists are invented titles (`tools/line_corpus.py`), a third of them ending in a question or exclamation mark.
"""

from __future__ import annotations

import csv
import gzip
import sys
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import orjson

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.extract import DATA, load_metrics
from detector.page.lines import label_texts
from detector.rules import RuleSet, load_rules
from detector.text.repair import repair
from detector.types import BODY_LABELS
from tools.line_corpus import invented_titles, paragraphs, rows

CLEAN = ("thucnews_1k", "literature", "lctt_tech", "laws", "howtocook", "drcd_zh_hant", "zh_hant_misc", "agt2025_zh")


def seeds(rules: RuleSet) -> None:
    gold: dict[str, dict[int, set[str]]] = defaultdict(dict)
    path = DATA.parent / "gold" / "seed-lines.tsv"
    with path.open(encoding="utf-8") as file:
        for name, number, labels in csv.reader((row for row in file if not row.startswith("#")), delimiter="\t"):
            gold[name][int(number)] = set(labels.split("|"))
    right = total = 0
    for name, lines in sorted(gold.items()):
        text = repair((DATA.parent / "seeds" / name).read_text(encoding="utf-8")).text
        found = {line.number: line.label for line in label_texts([text], [None], rules)[0].lines}
        right += sum(found[number] in labels for number, labels in lines.items())
        total += len(lines)
    print(f"seed lines right: {right} of {total} = {right / total:.4f}")


def clean(rules: RuleSet) -> None:
    for name in CLEAN:
        texts = [row["text"] for row in rows(name)]
        chars = lost = lines = dropped = 0
        for found in label_texts(texts, [None] * len(texts), rules):
            for line in found.lines:
                chars, lines = chars + line.end - line.start, lines + 1
                if line.label not in BODY_LABELS:
                    lost, dropped = lost + line.end - line.start, dropped + 1
        print(f"clean {name:14} characters lost {lost / chars:.4%}, lines lost {dropped / lines:.4%} of {lines}")


def lists(rules: RuleSet) -> None:
    metrics = load_metrics()
    rng = np.random.default_rng(2024)
    for name in ("thucnews_1k", "literature", "drcd_zh_hant", "lctt_tech", "laws"):
        texts = [row["text"].strip() for row, _ in zip(rows(name), range(400), strict=False)][-120:]
        texts = [paragraphs(text, rng, "\n") if "\n" not in text else text for text in texts]
        for place in ("start", "middle", "end"):
            made = []
            for text in texts:
                old = text.split("\n")
                at = {"start": 0, "middle": len(old) // 2, "end": len(old)}[place]
                made.append("\n".join([*old[:at], *invented_titles(100, rng, 1 / 3), *old[at:]]))
            found = [
                metrics.prf(gold, done.text)
                for gold, done in zip(texts, label_texts(made, [None] * len(made), rules), strict=True)
            ]
            summary = metrics.summarise(found)
            low = sum(row[2] < 0.95 for row in found)
            print(f"100 titles {name:14} {place:7} F1 {summary['F1']:.4f}, {low} of {len(found)} articles under 0.95")


def nodes(rules: RuleSet) -> None:
    """Text nodes as lines of a plain text; the shipped weights have seen these pages."""
    right = found = wanted = 0
    for row in rows("cleaneval_zh_nodes"):
        kept = [(" ".join(text.split()), label) for _, text, label in row["nodes"] if text.strip()]
        done = label_texts(["\n".join(text for text, _ in kept)], [None], rules)[0]
        for line, (_, label) in zip(done.lines, kept, strict=True):
            is_body = line.label in BODY_LABELS
            right, found, wanted = right + (is_body and label == 1), found + is_body, wanted + label
    precision, recall = right / found, right / wanted
    print(f"cleaneval nodes P {precision:.4f} R {recall:.4f} F1 {2 * precision * recall / (precision + recall):.4f}")


def speed(rules: RuleSet) -> None:
    pieces: list[str] = []
    with gzip.open(DATA / "crud_rag_news.jsonl.gz") as file:
        for row in file:
            pieces += [part for part in orjson.loads(row)["text"].replace("。", "。\n").split("\n") if 12 < len(part) < 60]
            if len(pieces) > 512 * 30:
                break
    texts = ["\n".join(pieces[at : at + 30]) for at in range(0, 512 * 30, 30)]
    label_texts(texts[:8], [None] * 8, rules)
    start = time.process_time()
    label_texts(texts, [None] * len(texts), rules)
    seconds = time.process_time() - start
    print(f"speed: {len(texts) / seconds:.0f} documents/s of 30 lines, {sum(map(len, texts)) / len(texts):.0f} characters")


def main() -> None:
    if not DATA.is_dir():
        raise SystemExit(f"skipped: no {DATA}")
    rules = load_rules()
    for part in (seeds, clean, lists, nodes, speed):
        part(rules)


if __name__ == "__main__":
    main()
