"""Turns OpenCC's character dictionaries and Unicode's own tables into the tables of `detector/text/fold.py`.

    python tools/build_fold.py [--out detector/text]

Writes `fold_classes.txt` and `fold_words.txt` (the classes, for people and for review) and `fold_tables.npz` (what
the program loads; shipped whole, since Unicode's tables differ between Python versions and a sketch must not).
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import opencc
from numpy.typing import NDArray

# Regional words (software: 软件, 軟體) are other words, not other ways to write one: they go by WORDS, below.
DICTIONARIES = (
    "STCharacters",
    "TSCharacters",
    "TSCharactersExt",
    "TWVariants",
    "TWVariantsRev",
    "HKVariants",
    "HKVariantsRev",
    "CJK_Compatibility_Ideographs",
)
WORDS = "TWPhrases"  # those of two characters on both sides make up nearly all of running text
TABLE_SIZE = 0x40000  # planes 0 to 3; no plane above holds a letter
SURROGATES = 0xD800  # no character is coded here, so the 2,048 codes are free for the rest of planes 1 to 3
HEADER = """\
# Classes of characters that detector treats as one: Traditional, Simplified and regional variants.
# Each line: the representative (a common Simplified character where the class holds one), then the other members.
# Made by tools/build_fold.py from the character dictionaries of OpenCC {version} (https://github.com/BYVoid/OpenCC),
# Apache License 2.0; sorted by the representative's code point; {classes} classes, {members} characters.
"""
WORD_HEADER = """\
# Two-character words of the mainland and of Taiwan that mean the same, folded: compared as if they were one.
# Made by tools/build_fold.py from TWPhrases of OpenCC {version} (https://github.com/BYVoid/OpenCC),
# Apache License 2.0; {classes} classes.
"""


def dictionary_entries(name: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each key of one OpenCC dictionary with all of its targets."""
    root = Path(opencc.__file__).parent / "clib"
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / f"{name}.txt"
        source = root / "share" / "opencc" / f"{name}.ocd2"
        command = [root / "bin" / "opencc_dict", "-i", source, "-o", text, "-f", "ocd2", "-t", "text"]
        subprocess.run(command, check=True, capture_output=True)
        for line in text.read_text(encoding="utf-8").splitlines():
            key, _, targets = line.partition("\t")
            yield key, targets.split(" ")


def word_pairs(table: NDArray[np.uint16]) -> Iterator[tuple[str, str]]:
    """Yield pairs of two-character regional words, both folded by `table`, that mean the same."""
    for key, targets in dictionary_entries(WORDS):
        for target in targets:
            a, b = ("".join(chr(table[ord(char)]) for char in word) for word in (key, target))
            if len(a) == len(b) == 2 and a != b:
                yield a, b


def word_rows(classes: list[list[str]]) -> NDArray[np.uint16]:
    """uint16[n, 4]: each word of a class and the word that stands for the class, sorted; its own is left out."""
    rows = [[*map(ord, word), *map(ord, min(words))] for words in classes for word in words]
    return np.array(sorted(row for row in rows if row[:2] != row[2:]), dtype=np.uint16)


def character_pairs() -> Iterator[tuple[str, str]]:
    """Yield the pairs of characters that are ways to write one character."""
    for name in DICTIONARIES:
        for key, targets in dictionary_entries(name):
            for target in targets:
                if len(key) == len(target) == 1:
                    yield key, target


def classes_of(pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Union-find over the pairs: the classes of more than one character, members by code point."""
    parent: dict[str, str] = {}

    def root(char: str) -> str:
        parent.setdefault(char, char)
        while parent[char] != char:
            parent[char] = parent[parent[char]]
            char = parent[char]
        return char

    for a, b in pairs:
        ra, rb = root(a), root(b)
        parent[max(ra, rb)] = min(ra, rb)
    groups: dict[str, list[str]] = defaultdict(list)
    for char in sorted(parent):
        groups[root(char)].append(char)
    return [members for members in groups.values() if len(members) > 1]


def representative(members: list[str], simplified: dict[str, int]) -> str:
    """The most common Simplified member: level 1 of GB 2312 first, then level 2, then most Traditional sources."""

    def rank(char: str) -> tuple[int, int, int, int]:
        try:
            level = 0 if char.encode("gb2312")[0] < 0xD8 else 1
        except UnicodeEncodeError:
            level = 2
        return (0 if char in simplified else 1, level, -simplified.get(char, 0), ord(char))

    return min(members, key=rank)


def simplified_characters() -> dict[str, int]:
    """Each character that is written in Simplified text -> number of Traditional characters that become it."""
    counts: dict[str, int] = defaultdict(int)
    for _, targets in dictionary_entries("TSCharacters"):
        counts[targets[0]] += 1
    for key, _ in dictionary_entries("STCharacters"):
        counts[key] += 0
    return counts


def spans_to_char(code: int) -> int:
    """Script-blind part of `fold_chars` for one code point: full width to half width and lower case, never longer."""
    if code == 0x3000:
        return 0x20
    if 0xFF01 <= code <= 0xFF5E:
        code -= 0xFEE0
    lower = chr(code).lower()
    return ord(lower) if len(lower) == 1 else code


def kept(char: str) -> bool:
    """Letters, marks, numbers and private use are compared; punctuation, symbols, space and controls are not."""
    category = unicodedata.category(char)
    return category[0] in "LN" or category == "Co" or (category == "Cn" and 0x20000 <= ord(char) < TABLE_SIZE)


def compared_char(code: int) -> str | None:
    """NFKC, lower case and no accent for one code point; itself where that is several letters; None where dropped."""
    if 0xD800 <= code <= 0xDFFF:
        return None
    char = chr(code)
    forms = [c for c in unicodedata.normalize("NFKC", char).lower() if kept(c)]
    if len(forms) > 1:
        return char.lower()[0]
    if not forms:
        return None
    bases = [c for c in unicodedata.normalize("NFKD", forms[0]) if kept(c)]
    return bases[0] if len(bases) == 1 else forms[0]


def lossy_table(representatives: dict[str, str]) -> NDArray[np.uint16]:
    """uint16[262144]: code point -> code that is compared, 0 where the character is dropped."""
    table = np.zeros(TABLE_SIZE, dtype=np.uint16)
    for code in range(TABLE_SIZE):
        char = compared_char(code)
        if char is None:
            continue
        target = ord(representatives.get(char, char))
        table[code] = target if target < 0x10000 else SURROGATES | target & 0x7FF
    return table


def char_changes(representatives: dict[str, str]) -> NDArray[np.uint32]:
    """uint32[n, 2]: every code point that `fold_chars` changes and what it becomes."""
    rows = []
    for code in range(TABLE_SIZE):
        if 0xD800 <= code <= 0xDFFF:
            continue
        middle = spans_to_char(code)
        target = ord(representatives.get(chr(middle), chr(middle)))
        if target != code:
            rows.append((code, target))
    return np.array(rows, dtype=np.uint32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parents[1] / "detector" / "text")
    out: Path = parser.parse_args().out
    simplified = simplified_characters()
    classes = [(representative(members, simplified), members) for members in classes_of(character_pairs())]
    classes.sort()
    representatives = {char: head for head, members in classes for char in members}
    lines = [head + "".join(char for char in members if char != head) for head, members in classes]
    header = HEADER.format(version=opencc.__version__, classes=len(classes), members=len(representatives))
    (out / "fold_classes.txt").write_text(header + "\n".join(lines) + "\n", encoding="utf-8")
    lossy = lossy_table(representatives)
    words = classes_of(word_pairs(lossy))
    lines = sorted(" ".join(members) for members in words)
    header = WORD_HEADER.format(version=opencc.__version__, classes=len(words))
    (out / "fold_words.txt").write_text(header + "\n".join(lines) + "\n", encoding="utf-8")
    with (out / "fold_tables.npz").open("wb") as file:
        np.savez_compressed(file, lossy=lossy, chars=char_changes(representatives), words=word_rows(words))
    print(f"{len(classes)} classes, {len(representatives)} characters; {len(words)} classes of words")


if __name__ == "__main__":
    main()
