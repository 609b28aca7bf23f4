"""Folding: variants become one, spans hold, and the shipped tables are what the classes say."""

from __future__ import annotations

from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.text.fold import CHARS_TABLE, FOLD_DIGEST, LOSSY_TABLE, fold, fold_batch, fold_chars

ANY_TEXT = st.text(st.characters(), max_size=40)  # surrogates and all planes included


def folded_text(text: str) -> str:
    return "".join(map(chr, fold(text)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("臺灣的軟體裡頭", "台湾的软体里头"),
        ("ＡＢＣ　１２％，", "abc 12%,"),
        ("头髮与發展", "头发与发展"),
        ("İstanbul ß", "İstanbul ß"),
        ("「引號」……", "「引号」……"),
    ],
)
def test_fold_chars_keeps_the_length(text: str, expected: str) -> None:
    assert fold_chars(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("第①章：“軟體”（Ｓｏｆｔ）", "第1章软件soft"),
        ("Café cafe\u0301", "cafecafe"),
        ("\u2f00個 ㈠ \uf90a", "一个一金"),
        ("ガ ｶﾞ", "カカ"),
        ("😀 ，。 \n\t\u200b", ""),
        ("한글", "한글"),
        ("𝐀𝟏", "a1"),
    ],
)
def test_fold_drops_what_is_not_compared(text: str, expected: str) -> None:
    assert folded_text(text) == expected


def test_rare_characters_above_plane_0_fold_to_the_surrogate_block() -> None:
    assert fold("\U00020089").tolist() == [0xD800 | 0x0089]
    assert fold("甲\ud840乙").tolist() == [ord("甲"), ord("乙")]  # a lone half is no character
    assert fold("\udc00\ud840").tolist() == []
    assert fold("\U000e0041\U0010ffff").tolist() == []


def test_every_class_folds_to_its_representative() -> None:
    text = (files("detector.text") / "fold_classes.txt").read_text(encoding="utf-8")
    classes = [line for line in text.splitlines() if not line.startswith("#")]
    assert len(classes) == 4629
    for members in classes:
        assert set(fold_chars(members)) == {members[0]}
        assert len(set(fold(members).tolist())) == 1


def test_regional_words_are_one_and_the_first_of_two_counts() -> None:
    assert folded_text("這個軟體的預設程式") == folded_text("这个软件的默认程序")
    assert folded_text("網路") == folded_text("网络")
    assert folded_text("软硬件") == "软硬件"
    text = (files("detector.text") / "fold_words.txt").read_text(encoding="utf-8")
    for line in text.splitlines()[3:]:
        assert len({folded_text(word) for word in line.split(" ")}) == 1, line


def test_tables_are_the_ones_that_sketches_were_made_with() -> None:
    """A new table is a new scheme: indexes on disk must be rebuilt, so say so in the CHANGELOG."""
    assert FOLD_DIGEST == "548969e63cda7a46"
    assert not LOSSY_TABLE.flags.writeable
    assert not CHARS_TABLE.flags.writeable


@given(ANY_TEXT)
def test_folding_twice_changes_nothing(text: str) -> None:
    once = fold_chars(text)
    assert len(once) == len(text)
    assert fold_chars(once) == once
    assert np.array_equal(fold(once), fold(text))


WORDS = st.lists(st.sampled_from(["软件", "程式", "硬", "件", "软", "网路", "数", "据", "资料", "，"]), max_size=9).map("".join)


@given(st.lists(ANY_TEXT | WORDS, max_size=6))
def test_batch_folds_each_text_alone(texts: list[str]) -> None:
    codes, offsets = fold_batch(texts)
    assert codes.dtype == np.uint16
    assert offsets.dtype == np.int64
    assert offsets[-1] == len(codes)
    for i, text in enumerate(texts):
        assert np.array_equal(codes[offsets[i] : offsets[i + 1]], fold(text))


@pytest.mark.parametrize("conversion", ["s2t", "s2tw", "s2hk", "t2s"])
def test_both_scripts_fold_to_the_same_text(conversion: str) -> None:
    opencc = pytest.importorskip("opencc")
    text = "这里的后台系统在夏天发现头发干燥，只好着手里面的复杂工作；皇后面对着太阳，麻将台上满是灰尘。"
    assert np.array_equal(fold(opencc.OpenCC(conversion).convert(text)), fold(text))
