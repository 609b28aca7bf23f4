"""Turn clean text into damaged text and print how much of it comes back: `python bench/repair.py [--docs N] [--peers]`.

Text is read from ../shared/data (variable DETECTOR_DATA overrides the place). Every kind of damage is applied by this
script, with a fixed seed. `--peers` measures ftfy on the same damaged text, and charset-normalizer, chardet and
charset-mnbvc on the same bytes, where they are installed.
"""

from __future__ import annotations

import argparse
import codecs
import gzip
import json
import os
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from difflib import SequenceMatcher
from functools import cache
from importlib import import_module
from pathlib import Path

import ftfy.bad_codecs  # noqa: F401  registers sloppy-windows-1252
import numpy as np
import opencc
import pypinyin
from numpy.typing import NDArray

from detector.errors import DetectorError
from detector.text.charmodel import codes_of, load_model
from detector.text.decode import decode
from detector.text.gbk import load_gbk
from detector.text.guess import likeliest
from detector.text.repair import repair
from detector.text.shift import WRONG_SCRIPT_NATS, wrong_script

DATA = Path(os.environ.get("DETECTOR_DATA", Path(__file__).resolve().parents[1].parent / "shared" / "data"))
CLEAN = ("crud_rag_news", "xwlb_news", "thucnews_1k", "drcd_zh_hant", "zh_hant_misc", "literature", "laws")
HANS = ("crud_rag_news", "thucnews_1k", "literature", "laws")
HANT = ("drcd_zh_hant", "zh_hant_misc")
T2S = opencc.OpenCC("t2s")
S2T = opencc.OpenCC("s2t")


def texts(name: str, limit: int) -> Iterator[str]:
    with gzip.open(DATA / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for _, line in zip(range(limit), lines, strict=False):
            yield json.loads(line)["text"]


def sample(limit: int) -> list[str]:
    """Text of both scripts: real Traditional text, and Simplified news and prose half of it converted."""
    hans = [text[:3000] for name in HANS for text in texts(name, limit)]
    hant = [text[:3000] for name in HANT for text in texts(name, limit)]
    return hans + hant + [S2T.convert(text) for text in hans[::2]]


# --- damage ---------------------------------------------------------------------------------------------------------


@cache
def reading(char: str) -> str | None:
    """The gloss of a character that only Traditional text has."""
    if not "\u3400" <= char <= "\u9fff" or T2S.convert(char) == char:
        return None
    return pypinyin.pinyin(char, style=pypinyin.Style.TONE)[0][0]


def with_glosses(text: str, rng: random.Random) -> tuple[str, int]:
    """Each Traditional character, or each of a random part of them, with its reading in brackets."""
    left, right = rng.choice(("()", "（）"))
    keep = rng.choice((1.0, 1.0, 0.5))
    chars = {char for char in set(text) if reading(char) and rng.random() < keep}
    pieces = [f"{char}{left}{reading(char)}{right}" if char in chars else char for char in text]
    return "".join(pieces), sum(char in chars for char in text)


def glossed_bytes(text: str, rng: random.Random) -> str | None:
    """What a tool makes that replaces bytes of GBK without looking where characters begin, as seen on live pages."""
    try:
        data = text.encode("gbk")
    except UnicodeEncodeError:
        return None
    chars = sorted({char for char in text if reading(char)} | set("數術勵樹輸書蘇屬勢勝聲聖試時實識飾適"))
    rng.shuffle(chars)
    for char in chars:
        code = char.encode("gbk", "ignore")
        if code:
            data = data.replace(code, code + f"({reading(char)})".encode("gbk", "replace"))
    return INVALID_PAIR.sub(_decoded_pair, data).decode("gb18030", "replace")


INVALID_PAIR = re.compile(rb"[\x00-\x7f]+|([\x81-\xfe][\x40-\xfe])|([\x81-\xfe][\x00-\x3f]?)")


def _decoded_pair(found: re.Match[bytes]) -> bytes:
    return b"?" if found[2] else found[0]


def shifted(text: str, rng: random.Random, mode: str) -> tuple[str, int, int] | None:
    """`text` with one run shifted by a byte, and where the run lay; None where it has no run of 8 characters.

    `mode`: `lead` loses a lead byte, `trail` a trail byte, `marked` leaves a question mark for the lead byte.
    """
    starts = [i for i in range(len(text) - 8) if all(ord(c) >= 0x3000 for c in text[i : i + 8])]
    if not starts:
        return None
    at = rng.choice(starts)
    try:
        rest = text[at:].encode("gb18030")
    except UnicodeEncodeError:
        return None
    lost = rest[:1] + rest[2:] if mode == "trail" else rest[1:]
    damaged = text[:at] + ("?" if mode == "marked" else "") + lost.decode("gb18030", "replace")
    end = len(text) - common_suffix(text, damaged)
    return damaged, at, end


def common_suffix(a: str, b: str) -> int:
    n = 0
    while n < min(len(a), len(b)) and a[-1 - n] == b[-1 - n]:
        n += 1
    return n


def misread(written: str, read: str) -> Callable[[str], str]:
    return lambda text: text.encode(written, "ignore").decode(read, "replace")


# --- measures -------------------------------------------------------------------------------------------------------

Fixer = Callable[[str], str]


def fixers(with_peers: bool) -> dict[str, Fixer]:
    table: dict[str, Fixer] = {"detector": lambda text: repair(text).text}
    if with_peers:
        table["ftfy"] = import_module("ftfy").fix_encoding
    return table


def measure_clean(limit: int) -> None:
    print("\nclean text: documents changed, and µs per 1,000 characters")
    repair("热身")
    for name in CLEAN:
        documents = list(texts(name, limit * 50))
        changed = sum(repair(text).text != text for text in documents)
        best = min(_seconds(documents) for _ in range(5))
        n_chars = sum(map(len, documents))
        print(f"  {name:16} {changed:4} of {len(documents):6,}   {best / n_chars * 1e9:6.1f}")


def _seconds(documents: list[str]) -> float:
    start = time.process_time()
    for text in documents:
        repair(text)
    return time.process_time() - start


def measure_gloss(limit: int, peers: bool) -> None:
    rng = random.Random(3)
    documents = [text for text in sample(limit) if reading_count(text) >= 3]
    damaged = [with_glosses(text, rng) for text in documents]
    n_glosses = sum(n for _, n in damaged)
    print(f"\npinyin gloss: {n_glosses:,} glosses in {len(documents):,} documents of >= 3")
    for name, fix in fixers(peers).items():
        exact = left = 0
        for text, (bad, _) in zip(documents, damaged, strict=True):
            fixed = fix(bad)
            exact += fixed == text
            left += max(0, fixed.count("(") + fixed.count("（") - text.count("(") - text.count("（"))
        removed = 1 - left / n_glosses
        print(f"  {name:16} glosses removed {removed:.3%}   documents exact {exact / len(documents):.2%}")


def measure_glossed_bytes(limit: int, peers: bool) -> None:
    rng = random.Random(3)
    documents = [text[:800] for text in texts("drcd_zh_hant", limit * 2)]
    cases = [(text, bad) for text in documents if (bad := glossed_bytes(text, rng)) is not None]
    print(f"\nglosses put into GBK bytes: {len(cases)} documents, {sum(bad.count('?') for _, bad in cases):,} cut places")
    for name, fix in fixers(peers).items():
        fixed = [fix(bad) for _, bad in cases]
        exact = sum(a == b for (a, _), b in zip(cases, fixed, strict=True))
        right = sum(_matching(a, b) for (a, _), b in zip(cases, fixed, strict=True))
        total = sum(len(a) if len(a) == len(b) else min(len(a), 400) for (a, _), b in zip(cases, fixed, strict=True))
        print(f"  {name:16} documents exact {exact / len(cases):.2%}   characters {right / total:.2%}")


def reading_count(text: str) -> int:
    return sum(reading(char) is not None for char in text)


def measure_guess(limit: int) -> None:
    """Single characters among the 126 that share their trail byte, by what is looked at."""
    rng, model, gbk = random.Random(11), load_model(), load_gbk()
    right, n = [0, 0, 0], 0
    for text in sample(limit):
        for _ in range(3):
            at = rng.randrange(5, max(6, len(text) - 12))
            around = text[at : at + 4]
            if len(text) < 60 or any(ord(char) < 0x3000 for char in around) or not gbk.pair_of[ord(around[0])]:
                continue
            choices = gbk.char_of.reshape(256, 256)[0x81:0xFF, int(gbk.pair_of[ord(around[0])]) & 0xFF]
            choices = choices[(choices > 0) & (choices != 0x3000)]
            costs = model.pair_costs(codes_of(text[at - 1]), choices) + model.pair_costs(choices, codes_of(text[at + 1]))
            wrong = wrong_script(codes_of(text))
            left, after = text[max(0, at - 64) : at], text[at + 1 : at + 65]
            nearby = text[max(0, at - 4000) : at] + "\n" + text[at + 1 : at + 4000]
            scripted = costs + WRONG_SCRIPT_NATS * (model.scripts[choices] == wrong) if wrong else costs
            guesses = (
                int(choices[costs.argmin()]),
                likeliest(choices, scripted, left, after, wrong=wrong),
                likeliest(choices, scripted, left, after, nearby, wrong),
            )
            right = [total + (guess == ord(around[0])) for total, guess in zip(right, guesses, strict=True)]
            n += 1
    print(f"\nlost characters guessed, {n:,}")
    for label, count in zip(("pairs", "and words and script", "and text nearby"), right, strict=True):
        print(f"  {label:22} {count / n:.2%}")


RUN_LENGTHS = ((1, "1"), (2, "2"), (7, "3 to 7"), (19, "8 to 19"), (10**9, "20 or more"))


def measure_shift(limit: int, peers: bool) -> None:
    """By characters from the lost byte to where an ASCII byte catches up: of 1, nothing is shifted, a letter stands."""
    for mode in ("lead", "marked", "trail"):
        rng = random.Random(5)
        cases = [(text, case) for text in sample(limit) if (case := shifted(text, rng, mode))]
        print(f"\nGBK shifted by a byte, {mode}: {len(cases):,} runs")
        for name, fix in fixers(peers).items():
            fixed = [fix(bad) for _, (bad, _, _) in cases]
            rows = [
                (end - start, "\ufffd" in bad, *_restored(text, start, end, done))
                for (text, (bad, start, end)), done in zip(cases, fixed, strict=True)
            ]
            lost = Counter(_lost_to(text, *case, done) for (text, case), done in zip(cases, fixed, strict=True))
            print(f"  {name:16} {_shares(rows)}")
            print("    " + ", ".join(f"{cause} {n / len(cases):.1%}" for cause, n in lost.most_common()))
            print(f"    of 3 characters or more: {_shares([row for row in rows if row[0] >= 3])}")
            print(f"      that lost one byte only: {_shares([row for row in rows if row[0] >= 3 and not row[1]])}")
            print(f"      that lost their last one, too: {_shares([row for row in rows if row[0] >= 3 and row[1]])}")
            least = 1
            for most, label in RUN_LENGTHS:
                print(f"    of {label:12} {_shares([row for row in rows if least <= row[0] <= most])}")
                least = most + 1


def _lost_to(text: str, bad: str, start: int, end: int, fixed: str) -> str:
    """What a run came to: right, left alone, or wrong in its first or last character, both of them, or elsewhere."""
    if fixed in (text, bad):
        return "right" if fixed == text else "left alone"
    wrong = {i for i, (a, b) in enumerate(zip(text, fixed, strict=False)) if a != b}
    if len(text) != len(fixed) or not wrong <= {start, end - 1}:
        return "begun or ended wrongly"
    return "first and last guessed wrongly" if len(wrong) > 1 else "first" if start in wrong else "last"


def _restored(text: str, start: int, end: int, fixed: str) -> tuple[bool, int, int]:
    """Whether a run came back to the letter, how many of its characters did, and how many it has."""
    right = _matching(text[start:end], fixed[start : len(fixed) - (len(text) - end)])
    return fixed == text, right, min(end - start, 400) if len(fixed) != len(text) else end - start


def _shares(rows: list[tuple[int, bool, bool, int, int]]) -> str:
    if not rows:
        return "none"
    exact, right, total = (sum(row[i] for row in rows) for i in (2, 3, 4))
    return f"runs exact {exact / len(rows):7.2%} of {len(rows):4}   characters {right / total:.2%}"


def _matching(a: str, b: str) -> int:
    if len(a) == len(b):
        return sum(x == y for x, y in zip(a, b, strict=True))
    blocks = SequenceMatcher(None, a[:400], b[:400], autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks)


MISREADINGS = (
    ("UTF-8 as GBK", "utf-8", "gbk"),
    ("UTF-8 as GB18030", "utf-8", "gb18030"),
    ("GBK as Latin-1", "gb18030", "latin-1"),
    ("UTF-8 as Latin-1", "utf-8", "latin-1"),
    ("UTF-8 as cp1252", "utf-8", "sloppy-windows-1252"),
    ("Big5 as GBK", "big5hkscs", "gb18030"),
    ("GBK as Big5", "gb18030", "big5hkscs"),
)


def measure_charset(limit: int, peers: bool) -> None:
    print("\nread in the wrong charset: documents exact (where no byte was lost); characters right, of which recoverable")
    print("ones (all of their bytes are still there) and lost ones (a byte became U+FFFD, so that they can only be guessed)")
    documents = [text[:600] for text in sample(limit)]
    for label, written, read in MISREADINGS:
        cases = []
        for text in documents:
            if label.startswith("Big5") and T2S.convert(text) == text:
                continue
            clean = text.encode(written, "ignore").decode(written)
            cases.append((clean, misread(written, read)(clean), _lost(clean, written, read)))
        for name, fix in fixers(peers).items():
            exact = whole = 0
            counts = np.zeros((2, 2), np.int64)  # lost or not, right or not
            for text, bad, lost in cases:
                fixed = fix(bad)
                whole += not lost.any()
                exact += not lost.any() and fixed == text
                right = _right(text, fixed)
                counts += [[(~lost & ~right).sum(), (~lost & right).sum()], [(lost & ~right).sum(), (lost & right).sum()]]
            shares = [f"{right / max(wrong + right, 1):.2%} of {wrong + right:,}" for wrong, right in [counts.sum(0), *counts]]
            share = f"{exact / whole:.2%}" if whole else "-"
            print(f"  {label:18} {name:10} {share:>8} of {whole:5}   " + "   ".join(shares))


def _lost(text: str, written: str, read: str) -> NDArray[np.bool_]:
    """Which characters of `text` lost a byte when it was written and read with U+FFFD for what could not be read."""
    data = text.encode(written)
    lost = np.zeros(len(data) + 1, np.bool_)

    def note(error: UnicodeError) -> tuple[str, int]:
        assert isinstance(error, UnicodeDecodeError)
        lost[error.start : error.end] = True
        return "\ufffd", error.end

    codecs.register_error("note", note)
    data.decode(read, "note")
    lengths = [len(char.encode(written)) for char in text]
    starts = np.cumsum([0, *lengths[:-1]])
    return np.logical_or.reduceat(lost, starts) if lengths else np.zeros(0, np.bool_)


def _right(text: str, fixed: str) -> NDArray[np.bool_]:
    """Which characters of `text` stand in `fixed`, too, where the two are laid side by side."""
    right = np.zeros(len(text), np.bool_)
    if len(text) == len(fixed):
        return np.array([a == b for a, b in zip(text, fixed, strict=True)], np.bool_)
    for block in SequenceMatcher(None, text, fixed, autojunk=False).get_matching_blocks():
        right[block.a : block.a + block.size] = True
    return right


ENCODINGS = ("utf-8", "gbk", "gb18030", "big5", "big5hkscs", "utf-16-le", "utf-16-be", "utf-32-le")


def measure_decode(limit: int, peers: bool) -> None:
    print("\nundeclared bytes of 200 characters: text right")
    rng = random.Random(7)
    pieces = []
    for text in sample(limit):
        at = rng.randrange(max(1, len(text) - 200))
        pieces.append(text[at : at + 200])
    readers = {"detector": _read, **(peer_readers() if peers else {})}
    for charset in ENCODINGS:
        row = []
        cases = [piece for piece in pieces if _encodable(piece, charset)]
        for name, read in readers.items():
            right = sum(read(piece.encode(charset)) == piece.removeprefix("\ufeff") for piece in cases)
            row.append(f"{name} {right / len(cases):.2%}")
        print(f"  {charset:10} {len(cases):5}   " + "   ".join(row))


def _encodable(text: str, charset: str) -> bool:
    try:
        text.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


def _read(data: bytes) -> str | None:
    try:
        return decode(data).text
    except DetectorError:
        return None


def peer_readers() -> dict[str, Callable[[bytes], str | None]]:
    def reader(detect: Callable[[bytes], str | None]) -> Callable[[bytes], str | None]:
        def read(data: bytes) -> str | None:
            try:
                return data.decode(detect(data) or "utf-8")
            except (LookupError, ValueError):
                return None

        return read

    table: dict[str, Callable[[bytes], str | None]] = {}
    for name, detect in (
        ("chardet", lambda data: import_module("chardet").detect(data)["encoding"]),
        ("charset_normalizer", lambda data: import_module("charset_normalizer").detect(data)["encoding"]),
        ("charset_mnbvc", lambda data: import_module("charset_mnbvc.api").from_data(data, mode=2)),
    ):
        try:
            import_module(name)
        except ImportError:
            print(f"  {name} is not installed", file=sys.stderr)
            continue
        table[name] = reader(detect)
    return table


def measure_length() -> None:
    print("\none line: seconds by megabytes")
    line = "图书馆周末照常开放，读者可以在二楼的大厅里借阅报纸，" * 8
    damaged = line + line[:40].encode("gbk")[1:].decode("gb18030", "replace") + "圖書館(guǎn)"
    for label, text, sizes in (("clean", line, (5, 50)), ("damaged", damaged, (0.2, 2))):
        row = []
        for size in sizes:
            long = text * int(size * 1_000_000 / len(text.encode()))
            start = time.process_time()
            repair(long)
            row.append(f"{size:g} MB {time.process_time() - start:.2f} s")
        print(f"  {label:8} {'  '.join(row)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--docs", type=int, default=200, help="documents of each set to damage")
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--only", default="clean,gloss,glossed-bytes,guess,shift,charset,decode,length")
    options = parser.parse_args()
    if not DATA.is_dir():
        sys.exit(f"{DATA} is missing: set DETECTOR_DATA")
    steps: dict[str, Callable[[], None]] = {
        "clean": lambda: measure_clean(options.docs),
        "gloss": lambda: measure_gloss(options.docs, options.peers),
        "glossed-bytes": lambda: measure_glossed_bytes(options.docs, options.peers),
        "guess": lambda: measure_guess(options.docs),
        "shift": lambda: measure_shift(options.docs, options.peers),
        "charset": lambda: measure_charset(options.docs, options.peers),
        "decode": lambda: measure_decode(options.docs, options.peers),
        "length": measure_length,
    }
    for name in options.only.split(","):
        steps[name]()


if __name__ == "__main__":
    main()
