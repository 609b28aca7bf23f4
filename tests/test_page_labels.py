"""Labels of lines of topics that no rule was written for: floors that a change has to keep."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from detector.page.blocks import blocks_of
from detector.page.lines import LabelledText, label_pages, label_texts
from detector.rules import RuleSet, load_rules
from detector.types import BODY_LABELS

FOLDER = Path(__file__).parent / "data" / "lines"
MIN_KEPT_RIGHT = 0.985  # of the lines: kept or stripped as they must be
MIN_LABELS_RIGHT = 0.97
MIN_OF_ONE = 0.75  # of the lines of each document
TAG = re.compile(r"<[^>]+>")
Gold = list[tuple[set[str], str]]


def documents(name: str) -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    """Name, kind and (labels, line) of each document of a file; a blank line is ("", "")."""
    for part in (FOLDER / name).read_text(encoding="utf-8").split("%% ")[1:]:
        head, _, body = part.partition("\n")
        title, kind = head.split(" ")
        lines = [line.partition("\t") for line in body.rstrip("\n").split("\n")]
        yield title, kind, [(label, text) for label, _, text in lines]


def labelled(kind: str, lines: list[tuple[str, str]], rules: RuleSet) -> LabelledText:
    source = "\n".join(text for _, text in lines)
    return label_pages([blocks_of(source)], rules)[0] if kind == "html" else label_texts([source], [None], rules)[0]


def pairs(found: LabelledText, lines: list[tuple[str, str]]) -> Iterator[tuple[set[str], str, str]]:
    """(right labels, label found, text) of each line or block; blocks are sought in the pieces of markup, in order."""
    gold = [(set(label.split("|")), bare(text)) for label, text in lines if label not in ("", "-")]
    at = 0
    for line in found.lines:
        text = found.source_text[line.start : line.end]
        at = next((n for n in range(at, len(gold)) if bare(text) in gold[n][1]), at)
        yield gold[at][0], line.label, text


def bare(text: str) -> str:
    return "".join(html.unescape(TAG.sub("", text)).split()) if text.startswith("<") else "".join(text.split())


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return load_rules()


@pytest.mark.parametrize("name", ["looked_at.txt", "written_blind.txt"])
def test_lines_of_other_topics_get_their_labels(name: str, rules: RuleSet) -> None:
    total = right = kept = 0
    poor = []
    for title, kind, lines in documents(name):
        wrong = n = 0
        for wanted, got, _ in pairs(labelled(kind, lines, rules), lines):
            same = (got in BODY_LABELS) in {label in BODY_LABELS for label in wanted}
            total, right, kept = total + 1, right + (got in wanted), kept + same
            n, wrong = n + 1, wrong + (not same)
        if wrong > (1 - MIN_OF_ONE) * n:
            poor.append(title)
    assert kept >= MIN_KEPT_RIGHT * total
    assert right >= MIN_LABELS_RIGHT * total
    assert poor == []


@pytest.mark.parametrize("name", ["looked_at.txt", "written_blind.txt"])
def test_the_files_are_whole(name: str) -> None:
    known = {
        "title",
        "heading",
        "body",
        "byline",
        "navigation",
        "caption",
        "teaser",
        "related",
        "disclaimer",
        "promotion",
        "spam",
    }
    found = list(documents(name))
    assert len({title for title, _, _ in found}) == len(found)
    for title, kind, lines in found:
        assert kind in ("text", "html"), title
        assert all(label in ("", "-") or set(label.split("|")) <= known for label, _ in lines), title
