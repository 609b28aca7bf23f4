"""Turn pypinyin's dictionaries (MIT) into `detector/text/readings.txt`: each syllable with the characters it reads.

pip install pypinyin==0.55.0
python tools/build_readings.py [--out detector/text/readings.txt]
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

from pypinyin.phrases_dict import phrases_dict
from pypinyin.pinyin_dict import pinyin_dict

HEADER = """\
# Readings of the characters of GBK and Big5: syllable, the characters that it is the first reading of, and those that
# have it as another reading, with a tab between. Made by tools/build_readings.py from pypinyin 0.55.0
# (https://github.com/mozillazg/python-pinyin, MIT License, Copyright (c) 2016 mozillazg).
"""


def in_legacy_charset(char: str) -> bool:
    for charset in ("gbk", "big5hkscs"):
        try:
            char.encode(charset)
        except UnicodeEncodeError:
            continue
        return True
    return False


def readings() -> dict[str, list[str]]:
    """Each character with its readings, the most usual first; those of phrases come after its own."""
    table: dict[str, list[str]] = defaultdict(list)
    for code, value in pinyin_dict.items():
        if 0x3007 <= code < 0xA000 and in_legacy_charset(chr(code)):
            table[chr(code)] = value.split(",")
    for phrase, syllables in phrases_dict.items():
        if len(phrase) != len(syllables):
            continue
        for char, (syllable, *_) in zip(phrase, syllables, strict=True):
            if char in table and syllable not in table[char]:
                table[char].append(syllable)
    return table


def build(out: Path) -> None:
    first: dict[str, list[str]] = defaultdict(list)
    other: dict[str, list[str]] = defaultdict(list)
    for char, syllables in sorted(readings().items()):
        first[syllables[0]].append(char)
        for syllable in syllables[1:]:
            other[syllable].append(char)
    rows = (f"{s}\t{''.join(first[s])}\t{''.join(other[s])}\n" for s in sorted({*first, *other}))
    out.write_text(HEADER + "".join(rows), encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("detector/text/readings.txt"))
    build(parser.parse_args().out)
