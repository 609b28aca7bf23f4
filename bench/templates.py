"""Pair and family precision and recall of template families, on generated families among decoys and real negatives.

    python bench/templates.py [--families 3] [--members 8] [--seed 7] [--no-rules] [--negatives] [--scale 100000]

Families of twelve topics are written from `template_topics.py` at three strengths of disguise: light (other names and
numbers), middle (headings and a third of the sentences paraphrased, a section dropped, half of the pages Traditional),
strong (all headings and most sentences paraphrased, sections dropped and swapped, other numbering, characters lost).
Decoys are pages of the same topics with an outline of their own and pages that share a few common headings.
`--no-rules` leaves the table of roles out, as for a topic and a language that it does not know.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import opencc
from template_topics import ASIDES, HEADINGS, NOTICES, OPENERS, OTHER_HEADINGS, SENTENCES, TITLES, TOPICS, WORDS

from detector.page.numbering import parse_numbering
from detector.template.family import Families, find_families
from detector.template.features import TemplateRow, template_row
from detector.types import Document, Line

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("DETECTOR_DATA", ROOT.parent / "shared" / "data"))
DISGUISES = ("light", "middle", "strong")
CJK = "一二三四五六七八九十"
_TRADITIONAL = opencc.OpenCC("s2t")


@dataclass(frozen=True)
class Plan:
    """One template: its sections with the variant that it writes them in, its numbering, opener, title and notice."""

    topic: str
    issue: str
    sections: tuple[tuple[str, int, tuple[int, ...]], ...]  # role, heading variant, sentences
    numbering: str
    opener: int
    title: str
    notice: str


def plan(topic: str, draw: random.Random) -> Plan:
    _, _, issues, _ = TOPICS[topic]
    middle = draw.sample([r for r in HEADINGS if r not in ("overview", "summary")], draw.randint(4, 6))
    sections = []
    for role in ("overview", *middle, "summary"):
        chosen = draw.sample(range(len(SENTENCES[role])), min(3, len(SENTENCES[role])))
        sections.append((role, draw.randrange(len(HEADINGS[role])), tuple(chosen)))
    return Plan(
        topic,
        draw.choice(issues),
        tuple(sections),
        draw.choice(["cjk", "cjk", "cjk_decimal", "markdown", "bare", "ordinal"]),
        draw.randrange(len(OPENERS)),
        draw.choice(TITLES),
        draw.choice(NOTICES).format(c=draw.randint(10**8, 10**9)) if draw.random() < 0.5 else "",
    )


def write(plan: Plan, name: str, disguise: str, draw: random.Random) -> tuple[str, list[tuple[str, str, int]]]:
    """A title and the lines `(text, label, level)` of one member."""
    _, kind, _, who = TOPICS[plan.topic]
    change = {"light": 0.08, "middle": 0.35, "strong": 0.8}[disguise]
    reworded = {"light": 0.1, "middle": 0.6, "strong": 1.0}[disguise]

    def say(text: str) -> str:
        return text.format(x=name, i=plan.issue, k=kind, w=who, n=draw.randint(2, 95))

    def pick(variants: Sequence[str]) -> str:
        return say(draw.choice(variants[1:]) if draw.random() < change else variants[0])

    def aside(role: str, sentence: int) -> str:
        """What the template says here of its topic: the same for all members, at times in other words."""
        own = random.Random(f"{plan}/{role}/{sentence}" if draw.random() > change else draw.random())
        a, b = own.sample(WORDS[plan.topic], 2)
        return own.choice(ASIDES).format(a=a, b=b)

    sections = list(plan.sections)
    for _ in range({"light": 0, "middle": 1, "strong": draw.randint(1, 2)}[disguise]):
        sections.pop(draw.randrange(1, len(sections) - 1))
    if disguise == "strong" and len(sections) > 4:
        at = draw.randrange(1, len(sections) - 2)
        sections[at], sections[at + 1] = sections[at + 1], sections[at]
    numbering = plan.numbering
    if disguise == "strong" and draw.random() < 0.3:
        numbering = draw.choice(["cjk", "decimal_dot", "markdown", "ordinal"])
    title = say(draw.choice(TITLES) if draw.random() < change else plan.title)
    lines = [(title, "title", 0), (pick(OPENERS[plan.opener]) + "。", "body", 0)]
    for k, (role, variant, sentences) in enumerate(sections):
        heading = HEADINGS[role][variant] if draw.random() > reworded else draw.choice(HEADINGS[role])
        lines.append((_numbered(say(heading), k, numbering), "heading", 1))
        kept = [s for s in sentences if disguise == "light" or draw.random() > 0.15] or list(sentences[:1])
        texts = [pick(SENTENCES[role][s]) + aside(role, s) + "。" for s in kept]
        if numbering == "cjk_decimal":
            for j, text in enumerate(texts[:2]):
                lines.append((f"{k + 1}.{j + 1} {text[: draw.randint(4, 8)]}", "heading", 2))
                lines.append((text, "body", 0))
            continue
        lines.append(("".join(texts), "body", 0))
    if plan.notice:
        lines.append((plan.notice, "disclaimer", 0))
    if disguise == "strong":
        lines = [(_damaged(t, draw) if label == "body" else t, label, level) for t, label, level in lines]
    if disguise != "light" and draw.random() < 0.5:
        lines = [(_TRADITIONAL.convert(t), label, level) for t, label, level in lines]
    return lines[0][0], lines


def decoy(topic: str, draw: random.Random) -> list[tuple[str, str, int]]:
    """A page of the topic with headings of its own, at times with two or three that everybody uses."""
    names, kind, issues, who = TOPICS[topic]
    name, issue = draw.choice(names), draw.choice(issues)

    def say(text: str) -> str:
        return text.format(x=name, i=issue, k=kind, w=who, n=draw.randint(2, 95))

    headings = draw.sample(OTHER_HEADINGS, draw.randint(3, 6))
    for role in draw.sample(sorted(HEADINGS), draw.choice([0, 1, 2, 3])):
        headings.insert(draw.randrange(len(headings) + 1), draw.choice(HEADINGS[role]))
    numbering = draw.choice(["cjk", "markdown", "bare", "decimal_dot"])
    lines = [(say(draw.choice(TITLES)), "title", 0)]
    for k, heading in enumerate(headings):
        lines.append((_numbered(say(heading), k, numbering), "heading", 1))
        role = draw.choice(sorted(SENTENCES))
        text = "。".join(
            say(draw.choice(draw.choice(SENTENCES[role])))
            + draw.choice(ASIDES).format(a=draw.choice(WORDS[topic]), b=draw.choice(WORDS[topic]))
            for _ in range(draw.randint(2, 4))
        )
        lines.append((text + "。", "body", 0))
    return lines


def document(name: str, lines: Sequence[tuple[str, str, int]]) -> Document:
    text = "\n".join(line for line, _, _ in lines)
    spans, at = [], 0
    for number, (line, label, level) in enumerate(lines, 1):
        spans.append(Line(number, at, at + len(line), label, (), level))  # type: ignore[arg-type]
        at += len(line) + 1
    return Document(id=name, source="bench", source_text=text, text=text, lines=tuple(spans))


def corpus(disguise: str, families: int, members: int, seed: int) -> tuple[list[Document], dict[str, str]]:
    """Documents, and the family of each that has one."""
    documents, truth = [], {}
    for topic, (names, *_) in TOPICS.items():
        for k in range(families):
            draw = random.Random(f"{seed}/{topic}/{k}")
            template = plan(topic, draw)
            for name in draw.sample(names, min(members, len(names))):
                label = f"{topic}/{k}/{name}"
                documents.append(document(label, write(template, name, disguise, draw)[1]))
                truth[label] = f"{topic}/{k}"
        draw = random.Random(f"{seed}/{topic}/decoys")
        documents += [document(f"{topic}/decoy/{k}", decoy(topic, draw)) for k in range(4 * members)]
    return documents, truth


def negatives(limit: int) -> list[Document]:
    """Real documents of the development sets, labelled line by line as plainly as may be."""
    found = []
    for name in ("laws", "lctt_tech", "literature", "drcd_zh_hant", "thucnews_1k", "crud_rag_news"):
        path = SHARED / f"{name}.jsonl.gz"
        if not path.exists():
            continue
        with gzip.open(path, "rt", encoding="utf-8") as file:
            rows = [json.loads(line) for line in file]
        random.Random(name).shuffle(rows)
        found += [plain(f"{name}:{row['id']}", row["text"], row.get("title")) for row in rows[:limit]]
    return found


def plain(name: str, text: str, title: str | None = None) -> Document:
    """A text whose numbered short lines are headings."""
    lines = []
    for line in text.split("\n"):
        numbering = parse_numbering(line)
        short = numbering is not None and len(line) <= 30 and not line.rstrip().endswith(("。", ";", ";"))
        heading = short and numbering is not None and numbering.style in ("cjk", "ordinal", "markdown", "decimal")
        lines.append((line, "heading" if heading else "body", numbering.depth if heading and numbering else 0))
    made = document(name, lines)
    return Document(**{**{f: getattr(made, f) for f in made.__slots__}, "title": title})


def measure(found: Families, truth: dict[str, str]) -> dict[str, float]:
    """Precision, recall and F1 of pairs in one family, share of families found whole, documents wrongly in one."""
    got = {name: cluster.id for cluster in found.clusters for name in cluster.members}
    sizes = Counter(truth.values())
    both = Counter((truth[name], got[name]) for name in truth if name in got)
    right = sum(n * (n - 1) // 2 for n in both.values())
    wanted = sum(n * (n - 1) // 2 for n in sizes.values())
    given = sum(len(c.members) * (len(c.members) - 1) // 2 for c in found.clusters)
    precision, recall = right / max(1, given), right / max(1, wanted)
    whole = sum(max((n for (t, _), n in both.items() if t == family), default=0) >= 0.8 * sizes[family] for family in sizes)
    return {
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / max(1e-9, precision + recall),
        "families": whole / len(sizes),
        "strays": sum(name not in truth for name in got),
    }


def _numbered(heading: str, k: int, style: str) -> str:
    if style in ("cjk", "cjk_decimal"):
        return f"{CJK[k % 10]}、{heading}"
    if style == "decimal_dot":
        return f"{k + 1}. {heading}"
    if style == "ordinal":
        return f"第{CJK[k % 10]}部分 {heading}"
    return f"## {heading}" if style == "markdown" else heading


def _damaged(text: str, draw: random.Random) -> str:
    return "".join(c for c in text if draw.random() > 0.02)


def _without_roles(row_of: Document) -> TemplateRow:
    row = template_row(row_of)
    row.headings["role"] = 0
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--families", type=int, default=3, help="families a topic")
    parser.add_argument("--members", type=int, default=8)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--no-rules", action="store_true", help="leave the table of roles out")
    parser.add_argument("--negatives", type=int, default=400, help="real documents of each development set, 0 for none")
    parser.add_argument("--scale", type=int, default=0, help="documents of a speed test")
    parser.add_argument("--shape", choices=["mixed", "one", "tens"], default="mixed", help="of the speed test: see `scale`")
    args = parser.parse_args()
    if args.scale:
        return scale(args.scale, args.shape)
    real = negatives(args.negatives) if args.negatives else []
    row = _without_roles if args.no_rules else template_row
    for disguise in DISGUISES:
        documents, truth = corpus(disguise, args.families, args.members, args.seed)
        documents += real
        found = find_families([d.id for d in documents], [row(d) for d in documents])
        print(f"{disguise:7}", len(documents), {k: round(v, 4) for k, v in measure(found, truth).items()})
    return None


def _mixed(n: int) -> list[Document]:
    """Real documents, families of all disguises and decoys."""
    documents: list[Document] = negatives(4000)
    seed = 0
    while len(documents) < n:
        documents += corpus(DISGUISES[seed % 3], 8, 10, seed)[0]
        seed += 1
    return documents[:n]


def _invented(draw: random.Random) -> str:
    return "".join(chr(0x4E00 + draw.randrange(2000)) for _ in range(draw.randint(2, 4)))


def _one_large_family(n: int) -> list[Document]:
    """Half of the documents in one family, the others pages and news of their own."""
    draw = random.Random(5)
    template = plan("finance", draw)
    made = [document(f"m{k}", write(template, _invented(draw), DISGUISES[k % 2], draw)[1]) for k in range(n // 2)]
    made += negatives(n // 10)[: n - len(made)]
    topics = sorted(TOPICS)
    return made + [document(f"o{k}", decoy(topics[k % len(topics)], draw)) for k in range(n - len(made))]


def _families_of_ten(n: int) -> list[Document]:
    made: list[Document] = []
    topics = sorted(TOPICS)
    for k in range(-(-n // 10)):
        draw = random.Random(f"tens/{k}")
        template = plan(topics[k % len(topics)], draw)
        made += [document(f"{k}/{j}", write(template, _invented(draw), DISGUISES[k % 2], draw)[1]) for j in range(10)]
    return made[:n]


def scale(n: int, shape: str) -> None:
    """CPU seconds of each step on n generated and real documents, all threads, and the peak memory of the process."""
    documents = {"mixed": _mixed, "one": _one_large_family, "tens": _families_of_ten}[shape](n)
    ids = [f"{i:07d}" for i in range(n)]
    start = time.process_time()
    rows = [template_row(d) for d in documents]
    made = time.process_time()
    found = find_families(ids, rows)
    done = time.process_time()
    size = sum(row.nbytes for row in rows)
    print(
        f"rows {made - start:.1f} s, families {done - made:.1f} s, "
        f"{size / n:.0f} bytes a row (most {max(r.nbytes for r in rows)})"
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    largest = max((len(c.members) for c in found.clusters), default=0)
    print(f"{len(found.clusters)} families, the largest of {largest}, {len(found.pairs)} pairs; peak memory {peak:.0f} MiB")


if __name__ == "__main__":
    main()
