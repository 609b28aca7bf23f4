"""Turns pages with gold into a table: pages per second, precision, recall and F1 of detector and of its peers, in one run.

    python bench/extract.py pages_dan_zh
    python bench/extract.py pages_gne_silver --peers trafilatura,justext,resiliparse

Peers that are not installed are left out and named. F1 is that of ../shared/bench/metrics.py. The shipped weights have
seen pages_dan_zh and pages_wcxb_en: honest figures for those come from `python tools/fit_lines.py --cv`.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
DATA = Path(os.environ.get("DETECTOR_DATA", ROOT.parent / "shared" / "data"))
BATCH = 64
Extractor = Callable[[Sequence[str]], list[str]]


def load_metrics() -> Any:
    path = DATA.parent / "bench" / "metrics.py"
    spec = importlib.util.spec_from_file_location("metrics", path)
    if spec is None or spec.loader is None or not path.exists():
        raise SystemExit(f"skipped: no {path}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def detector_pages() -> Extractor:
    from detector.page.blocks import blocks_of
    from detector.page.lines import label_pages
    from detector.rules import load_rules

    rules = load_rules()
    return lambda pages: [found.text for found in label_pages([blocks_of(page) for page in pages], rules)]


def detector_text() -> Extractor:
    """All text of the page as lines without markup, then labelled as plain text."""
    from detector.page.blocks import blocks_of
    from detector.page.lines import label_texts
    from detector.rules import load_rules

    rules = load_rules()
    return lambda pages: [
        found.text for found in label_texts([blocks_of(page).text for page in pages], [None] * len(pages), rules)
    ]


def trafilatura() -> Extractor:
    from trafilatura import extract

    return lambda pages: [extract(page, include_comments=False) or "" for page in pages]


def resiliparse() -> Extractor:
    from resiliparse.extract.html2text import extract_plain_text

    return lambda pages: [extract_plain_text(page, main_content=True, alt_texts=False) for page in pages]


def justext() -> Extractor:
    """jusText as tuned to Chinese: no stop list, short lengths."""
    import justext as package

    def run(page: str) -> str:
        paragraphs = package.justext(
            page, frozenset(), length_low=15, length_high=50, stopwords_low=0.0, stopwords_high=0.0, max_link_density=0.3
        )
        return "\n".join(paragraph.text for paragraph in paragraphs if not paragraph.is_boilerplate)

    return lambda pages: [run(page) if page.strip() else "" for page in pages]


TOOLS: dict[str, Callable[[], Extractor]] = {
    "detector": detector_pages, "detector-text": detector_text, "resiliparse": resiliparse, "trafilatura": trafilatura,
    "justext": justext,
}  # fmt: skip


def speed(pages: Sequence[str], reps: int = 7) -> None:
    """CPU time of each step against the lxml parse in the same process, interleaved, the best of `reps`."""
    from lxml import html as lxml_html

    from detector.page.blocks import blocks_of
    from detector.page.lines import label_pages, label_texts
    from detector.page.tier import engine
    from detector.rules import load_rules

    rules = load_rules()
    start = time.process_time()
    engine().load()
    print(f"kernels loaded in {time.process_time() - start:.2f} s")
    batches = [pages[at : at + BATCH] for at in range(0, len(pages), BATCH)]
    made = [[blocks_of(page) for page in batch] for batch in batches]
    texts = ["\n".join(page.text.split("\n")[:30])[:1000] for batch in made for page in batch]

    def parse() -> None:
        for page in pages:
            lxml_html.fromstring(page.encode("utf-8", "replace"))

    steps: dict[str, Callable[[], Any]] = {
        "lxml parse": parse,
        "blocks": lambda: [blocks_of(page) for page in pages],
        "labels": lambda: [label_pages(batch, rules) for batch in made],
        "bytes to labels": lambda: [label_pages([blocks_of(page) for page in batch], rules) for batch in batches],
        "texts to labels": lambda: label_texts(texts, [None] * len(texts), rules),
    }
    best = dict.fromkeys(steps, float("inf"))
    for _ in range(reps):
        for name, step in steps.items():
            start = time.process_time()
            step()
            best[name] = min(best[name], time.process_time() - start)
    for name, seconds in best.items():
        print(f"{name:16} {len(pages) / seconds:8.0f} a second, {seconds / best['lxml parse']:5.2f} times the parse")
    lines = sum(text.count("\n") + 1 for text in texts)
    print(f"texts of {sum(map(len, texts)) / len(texts):.0f} characters and {lines / len(texts):.0f} lines")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", nargs="?", default="pages_dan_zh")
    parser.add_argument("--peers", default=",".join(TOOLS))
    parser.add_argument("--limit", type=int)
    parser.add_argument("--speed", action="store_true", help="CPU time of the steps against the lxml parse")
    options = parser.parse_args()
    source = DATA / f"{options.set}.jsonl.gz"
    if not source.exists():
        raise SystemExit(f"skipped: no {source}")
    with gzip.open(source) as file:
        rows = [orjson.loads(line) for line in file][: options.limit]
    pages = [row["html"] for row in rows]
    print(f"{options.set}: {len(rows)} pages, {sum(map(len, pages)) / len(rows) / 1e3:.0f} K characters each")
    if options.speed:
        speed(pages)
        return
    metrics = load_metrics()
    print(f"{'tool':14} {'pages/s':>8} {'P':>7} {'R':>7} {'F1':>7} {'mean F1':>8}")
    for name in options.peers.split(","):
        try:
            extract = TOOLS[name]()
        except ImportError as error:
            print(f"{name:14} not installed ({error})")
            continue
        extract(pages[:2])
        start = time.process_time()
        texts = [text for at in range(0, len(pages), BATCH) for text in extract(pages[at : at + BATCH])]
        seconds = time.process_time() - start
        found = metrics.summarise([metrics.prf(row["gold"], text) for row, text in zip(rows, texts, strict=True)])
        rates = f"{found['P']:7.4f} {found['R']:7.4f} {found['F1']:7.4f} {found['meanF1']:8.4f}"
        print(f"{name:14} {len(pages) / seconds:8.1f} {rates}", flush=True)


if __name__ == "__main__":
    main()
