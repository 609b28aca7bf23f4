"""Labelled documents into small rows: what is compared, first and again after the corpus spoke."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from spine_corpus import ARTICLES

from detector.fingerprint import Examined
from detector.kit import make_kit
from detector.page.boilerplate import Boilerplate
from detector.pipeline import examine, learn_boilerplate, settle
from detector.settings import Settings
from detector.text.fold import fold
from detector.types import Record

PLACARD = "河边的老柳树下每个星期三都有人下棋，输的请喝茶。"
RAW = [f"{text}\n{PLACARD}" for text in ARTICLES.values()]


def examined(on: Any) -> tuple[list[Examined], Boilerplate, Any]:
    kit = make_kit(Settings(on=on, boilerplate_documents=3))
    records = [Record(id=str(i), content=text, source="s", media="text", host="h.example") for i, text in enumerate(RAW)]
    made = [each for each in examine(records, kit) if isinstance(each, Examined)]
    return made, learn_boilerplate([m.fingerprint for m in made], kit.settings), kit


def settled(made: list[Examined], boilerplate: Boilerplate, kit: Any) -> list[Examined | None]:
    return settle([each.document for each in made], [each.folded for each in made], boilerplate, kit)


def test_body_is_compared_without_the_line_that_repeats() -> None:
    made, boilerplate, kit = examined("body")
    for each, again in zip(made, settled(made, boilerplate, kit), strict=True):
        assert again is not None
        assert PLACARD not in again.document.text
        assert np.array_equal(again.folded, fold(again.document.text))
        assert len(again.folded) < len(each.folded)


@pytest.mark.parametrize("on", ["text", "raw"])
def test_whole_text_is_compared_as_before(on: str) -> None:
    made, boilerplate, kit = examined(on)
    for each, raw, again in zip(made, RAW, settled(made, boilerplate, kit), strict=True):
        assert again is not None
        assert PLACARD not in again.document.text
        assert np.array_equal(again.folded, fold(raw))
        assert np.array_equal(again.fingerprint.sketch, each.fingerprint.sketch)


def test_document_without_such_a_line_is_left_alone() -> None:
    made, boilerplate, kit = examined("body")
    (alone,) = examine([Record(id="x", content=ARTICLES["tea"], source="s", media="text")], kit)
    assert isinstance(alone, Examined)
    assert [each is None for each in settled([made[0], alone, made[1]], boilerplate, kit)] == [False, True, False]
