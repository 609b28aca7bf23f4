"""Fits the weights of `detector/template/links.py` and prints them in bits; they are copied there by hand, rounded.

    python tools/fit_template.py [--seeds 1 2]

Candidate pairs of generated families (bench/templates.py, all strengths of disguise, with and without the table of
roles) against those of pages of other families, decoys and the real laws and lctt_tech where ../shared is there.
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench"))

import templates as bench

from detector.template import align
from detector.template.align import columns
from detector.template.bands import candidate_pairs
from detector.template.features import TemplateRow, template_row
from detector.template.links import MAX_VOCABULARY, MIN_HEADINGS, _same_marks, _same_pairs, profiles, same_vocabulary, weigh

REAL_WEIGHT = 15.0  # of a pair of real documents, of which there are few
NAMES = ("TOP", "ALL", "EXACT", "STYLE", "SHARE", "VOCABULARY", "TITLE", "MARK", "ALIGNED")


def design(rows: list[TemplateRow]) -> tuple[Any, Any]:
    """What each candidate pair with outlines shares, float64[n, 9], and the pairs."""
    table = columns(rows)
    shapes = profiles(rows, table)
    found = weigh(table, shapes, candidate_pairs(table, shapes))
    m, (a, b) = found.measures, found.pairs.T
    fewest = shapes.headings[found.pairs].min(axis=1)
    aligned = m[:, align.EXACT] + m[:, align.LIKE]
    values = [
        m[:, align.TOP] / 1000,
        m[:, align.HEADINGS] / 1000,
        m[:, align.EXACT] / np.maximum(fewest, 1),
        np.minimum(shapes.styles[a], shapes.styles[b]).sum(axis=1) / 200,
        np.minimum(found.shares[:, 1], 0.5),
        np.minimum(same_vocabulary(shapes, a, b), MAX_VOCABULARY),
        _same_pairs(shapes.title_blooms[a], shapes.title_blooms[b]) * (shapes.titles_raw[a] != shapes.titles_raw[b]),
        _same_marks(shapes, a, b),
        np.minimum(aligned, 10),
    ]
    enough = (aligned >= MIN_HEADINGS) & (fewest >= MIN_HEADINGS)
    return np.stack(values, axis=1).astype(float)[enough], found.pairs[enough]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    values, labels = [], []
    for seed in parser.parse_args().seeds:
        for disguise in bench.DISGUISES:
            documents, truth = bench.corpus(disguise, 3, 8, seed)
            for row in (template_row, bench._without_roles):
                x, pairs = design([row(d) for d in documents])
                families = [truth.get(d.id) for d in documents]
                values.append(x)
                labels += [families[a] is not None and families[a] == families[b] for a, b in pairs.tolist()]
    real = [d for d in bench.negatives(700) if d.id.startswith(("laws", "lctt_tech"))]
    real_pairs = 0
    if real:
        x, _ = design([template_row(d) for d in real])
        values.append(x)
        labels += [False] * len(x)
        real_pairs = len(x)
    weights = np.ones(len(labels))
    weights[len(labels) - real_pairs :] = REAL_WEIGHT
    model = LogisticRegression(C=0.3, max_iter=5000).fit(np.concatenate(values), labels, sample_weight=weights)
    for name, weight in zip((*NAMES, "BASE"), (*model.coef_[0], model.intercept_[0]), strict=True):
        print(f"{name}_BITS = {weight / math.log(2):.1f}")


if __name__ == "__main__":
    main()
