"""Turns the development sets into `detector/page/line_model.npz`, and prints how well it does by cross-validation.

    python tools/fit_lines.py --cv         # F1 of pages and of their plain text, folds that never share a host
    python tools/fit_lines.py              # fit on everything and write the model

pages_gne_silver is never read here, so that it stays a test of pages that no weight has seen.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from detector.page.features import line_features
from detector.page.lines import Labeller, page_sheet, text_sheet
from detector.page.measures import units_of
from detector.page.model import (
    MODEL_FILE,
    LineModel,
    TwoLooks,
    arranged,
    model_arrays,
    shipped_model,
)
from detector.page.stage import surroundings
from detector.rules import load_rules
from tools.boost import fit_trees
from tools.line_corpus import (
    DATA,
    Example,
    clean_examples,
    cleaneval_examples,
    flat_examples,
    injected,
    link_titles,
    node_examples,
    page_examples,
)  # fmt: skip
from tools.line_pages import made_pages

N_FOLDS = 4
N_INNER = 4
MODEL_PATH = Path(__file__).resolve().parents[1] / "detector" / "page" / MODEL_FILE


class Features:
    """The features of many examples, kept by example."""

    def __init__(self, examples: Sequence[Example], rules: Any, *, pages: bool) -> None:
        self.examples = list(examples)
        matrices, self.rows, self.sheets = [], [], []
        labels, weights = [], []
        at = 0
        for start in range(0, len(self.examples), 64):
            part = self.examples[start : start + 64]
            if pages:
                sheet = page_sheet([e.page for e in part if e.page is not None], rules)
            else:
                sheet = text_sheet([e.text for e in part], [None] * len(part), rules)
            matrix, self.names = line_features(sheet)
            matrices.append(matrix)
            units = np.minimum(units_of(sheet.counts), 400)
            for number, example in enumerate(part):
                low, high = int(sheet.starts[number]), int(sheet.starts[number + 1])
                assert high - low == len(example.is_body), example.id
                self.rows.append(slice(at + low, at + high))
                labels += example.is_body
                known = any(example.is_body)  # else the gold stands nowhere on the page
                weights.append((0.5 + units[low:high] / 20) * (example.weight if known else 0.0))
            at += sheet.n_lines
            self.sheets.append(sheet)
        self.matrix = np.concatenate(matrices)
        self.labels = np.array(labels, dtype=np.float64)
        self.weights = np.concatenate(weights)

    def row_numbers(self, chosen: Sequence[int]) -> NDArray[np.int64]:
        return np.concatenate([np.arange(self.rows[n].start, self.rows[n].stop) for n in chosen])

    def surroundings(self, odds: NDArray[np.float64]) -> tuple[NDArray[np.float32], list[str]]:
        found, names, at = [], [], 0
        for sheet in self.sheets:
            matrix, names = surroundings(sheet, odds[at : at + sheet.n_lines])
            found.append(matrix)
            at += sheet.n_lines
        return np.concatenate(found), names

    def select(self, chosen: Sequence[int]) -> tuple[NDArray[np.float32], list[str], NDArray[np.float64], NDArray[np.float64]]:
        rows = self.row_numbers(chosen)
        return self.matrix[rows], self.names, self.labels[rows], self.weights[rows]


def _case(kind: str, example: Example, labelled: Any, f1: float) -> str:
    """One document for a person to look at: every line with its label, gold lines marked."""
    shown = [
        f"{'+' if body else ' '} {line.label:10} {','.join(line.rules)[:40]:40} "
        + labelled.source_text[line.start : line.end][:100]
        for line, body in zip(labelled.lines, example.is_body, strict=True)
    ]
    return f"=== {kind} {example.source} {example.id} {example.group} F1 {f1:.3f}\n" + "\n".join(shown) + "\n"


def fold_of(example: Example) -> int:
    return crc32(example.group.encode()) % N_FOLDS


def fit(features: Features, chosen: Sequence[int], n_trees: int) -> TwoLooks:
    """Both looks; the second is fitted on first looks that had not seen the document's group."""
    odds = np.zeros(len(features.matrix))
    inner = [crc32(b"inner" + features.examples[n].group.encode()) % N_INNER for n in range(len(features.examples))]
    first = fit_trees(*features.select(chosen), n_trees=n_trees, rate=0.08)
    for fold in range(N_INNER):
        others = fit_trees(*features.select([n for n in chosen if inner[n] != fold]), n_trees=n_trees, rate=0.08)
        held = features.row_numbers([n for n in chosen if inner[n] == fold])
        odds[held] = others.log_odds(arranged(features.matrix[held], features.names, others))
    around, around_names = features.surroundings(odds)
    rows = features.row_numbers(chosen)
    both = np.concatenate((features.matrix[rows], around[rows]), axis=1)
    second = fit_trees(
        both,
        [*features.names, *around_names],
        features.labels[rows],
        features.weights[rows],
        n_trees=n_trees,
        rate=0.06,
        depth=5,
    )
    return TwoLooks(first, second)


def metrics() -> Any:
    spec = importlib.util.spec_from_file_location("metrics", DATA.parent / "bench" / "metrics.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cv", action="store_true")
    parser.add_argument("--only", choices=["pages", "texts"])
    parser.add_argument("--trees", type=int, default=180)
    parser.add_argument("--english", type=float, default=1.5, help="weight of pages_wcxb_en")
    parser.add_argument("--made", type=int, default=400, help="made-up pages, weight 0.3")
    parser.add_argument("--dump", type=Path)
    options = parser.parse_args()
    rules = load_rules()
    started = time.time()
    dan, english = page_examples("pages_dan_zh"), page_examples("pages_wcxb_en", options.english)
    everything: dict[str, Features] = {}
    if options.only != "texts":
        made = made_pages(clean_examples(120), options.made, 0.3)
        everything["pages"] = Features([*dan, *english, *made], rules, pages=True)
    if options.only != "pages":
        clean = clean_examples(160)
        texts = [
            *flat_examples(dan), *(replace(e, weight=0.3) for e in flat_examples(english)),
            *node_examples("pages_dan_zh", 0.4), *cleaneval_examples(), *clean,
            *injected(clean, link_titles(dan), 700),
        ]  # fmt: skip
        everything["texts"] = Features(texts, rules, pages=False)
    for kind, f in everything.items():
        print(
            kind,
            f.matrix.shape,
            "body",
            f.labels.mean().round(3),
            f"{time.time() - started:.0f} s",
            flush=True,
        )
    if options.cv:
        cross_validate(everything, rules, options.trees, options.dump)
    else:
        fitted = {kind: fit(f, range(len(f.examples)), options.trees) for kind, f in everything.items()}
        if len(fitted) < 2:
            fitted.setdefault("pages", shipped_model().pages)
            fitted.setdefault("texts", shipped_model().texts)
        np.savez_compressed(MODEL_PATH, **model_arrays(LineModel(fitted["pages"], fitted["texts"])))
        print(
            "wrote",
            MODEL_PATH.stat().st_size,
            "bytes",
            f"{time.time() - started:.0f} s",
        )


def cross_validate(everything: dict[str, Features], rules: Any, n_trees: int, dump: Path | None) -> None:
    """Each document is judged by a model that has seen nothing of its host."""
    score = metrics()
    for kind, features in everything.items():
        results: dict[str, list[Any]] = {}
        for fold in range(N_FOLDS):
            train = [n for n, e in enumerate(features.examples) if fold_of(e) != fold]
            looks = fit(features, train, n_trees)
            held = [e for e in features.examples if fold_of(e) == fold and e.gold]
            labeller = Labeller(rules, LineModel(looks, looks))
            if kind == "pages":
                done = labeller.pages([e.page for e in held if e.page is not None])
            else:
                done = labeller.texts([e.text for e in held], [None] * len(held))
            for example, labelled in zip(held, done, strict=True):
                results.setdefault(example.source, []).append(score.prf(example.gold, labelled.text))
                if dump is not None:
                    with dump.open("a") as file:
                        file.write(_case(kind, example, labelled, results[example.source][-1][2]))
        for name, found in sorted(results.items()):
            summary = score.summarise(found)
            print(
                kind,
                f"{name:24}",
                len(found),
                {k: round(v, 4) for k, v in summary.items()},
                flush=True,
            )


if __name__ == "__main__":
    main()
