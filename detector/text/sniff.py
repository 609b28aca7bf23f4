"""Turns bytes into the charset that they are in, by what they would read as; the character model decides."""

from __future__ import annotations

from collections import Counter
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from detector.text.charmodel import Codes, codes_of, load_model

How = Literal["bom", "ascii", "declared", "valid", "model", "fallback"]

SAMPLE_BYTES = 32_768
ERROR_NATS = 25.0  # cost of a byte that the charset can't decode: more than any character
DECLARED_MARGIN_NATS = 1.0  # per character; a declaration is believed unless another charset reads far better
MAX_COST_NATS = 9.5  # per character; Chinese in its own charset lies at 4 to 6, in a wrong one above 11
MAX_CLEAN_COST_NATS = 13.0  # where every byte can be read: names, dialects, lists of rare words
MIN_SURE_CHARS = 4  # so many multi-byte sequences of valid UTF-8 do not come about by chance
_LEGACY = ("gb18030", "big5hkscs")


def choose_charset(data: bytes, first_high: int, declared: str | None) -> tuple[str, How]:
    """The charset of `data`, whose first byte above 0x7F stands at `first_high`, and how it was found."""
    if _is_utf8(data):
        return "utf-8", "valid"
    start = max(0, first_high - 64) & ~3  # keeps the alignment of UTF-16 and UTF-32
    sample = data[start : start + SAMPLE_BYTES]
    wide = _by_zero_bytes(data[:SAMPLE_BYTES])
    if wide:
        return wide, "valid"
    candidates = ["utf-8", "gb18030", "big5hkscs", "utf-16-le", "utf-16-be"]
    if declared and declared not in candidates:
        candidates.append(declared)
    costs = {charset: _cost(sample, charset) for charset in candidates}
    best = min(costs, key=costs.__getitem__)
    if declared and costs[declared] <= costs[best] + DECLARED_MARGIN_NATS:
        return declared, "declared"
    if costs[best] <= MAX_COST_NATS or (costs[best] <= MAX_CLEAN_COST_NATS and _is_clean(sample, best)):
        return best, "model"
    if declared:
        return declared, "declared"
    if voted := _by_lines(sample):
        return voted, "model"
    return ("utf-8" if _mostly_utf8(sample) else "windows-1252"), "fallback"


def _is_clean(sample: bytes, charset: str) -> bool:
    """Whether `charset` reads all of at least MIN_SURE_CHARS characters that are not ASCII."""
    if charset not in _LEGACY:
        return False
    text = sample.decode(charset, "replace")
    return "\ufffd" not in text[:-2] and sum(not char.isascii() for char in text[:200]) >= MIN_SURE_CHARS


def _is_utf8(data: bytes) -> bool:
    """Whether `data` is UTF-8, cut off within a character or not, and too long to be so by chance."""
    for cut in range(4):
        try:
            text = data[: len(data) - cut].decode("utf-8")
        except UnicodeDecodeError as error:
            if error.end < len(data) - 3:
                return False
            continue
        if b"\0" in data and "\0" in text:
            return False
        n_multi = len(data) - cut - len(text)  # at least one byte more for each multi-byte sequence
        return n_multi >= 2 * MIN_SURE_CHARS or load_model().mean_cost(text) <= MAX_COST_NATS
    return False


def _by_lines(sample: bytes) -> str | None:
    """The charset that reads most lines well, for a document that is in more than one."""
    votes: Counter[str] = Counter()
    for line in sample.splitlines()[:200]:
        if line.isascii():
            continue
        costs = {charset: _cost(line, charset) for charset in ("utf-8", *_LEGACY)}
        best = min(costs, key=costs.__getitem__)
        votes[best] += len(line) if costs[best] <= MAX_COST_NATS else 0
    best, n_bytes = max(votes.items(), key=lambda item: item[1], default=("", 0))
    return best if n_bytes else None


def _mostly_utf8(sample: bytes) -> bool:
    text = sample.decode("utf-8", "replace")
    return text.count("\ufffd") * 10 <= len(sample) - len(text)


def _by_zero_bytes(sample: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark, where the zero bytes of its ASCII and BMP characters give it away."""
    quarter = len(sample) // 4
    if not quarter or b"\0" not in sample:
        return None
    zeros = [sample[i::4].count(0) / quarter for i in range(4)]
    if min(zeros[2:]) > 0.9:
        return "utf-32-le"
    if min(zeros[:2]) > 0.9:
        return "utf-32-be"
    even, odd = zeros[0] + zeros[2], zeros[1] + zeros[3]
    if odd > 1.0 and even < 0.1:  # more than half of the characters are ASCII
        return "utf-16-le"
    if even > 1.0 and odd < 0.1:
        return "utf-16-be"
    return None


def _cost(sample: bytes, charset: str) -> float:
    """Mean cost in nats of a character that is not ASCII, errors included; lower is likelier."""
    text = sample.decode(charset, "replace")
    codes = codes_of(text)
    ascii_controls = (codes < 32) & (codes != 9) & (codes != 10) & (codes != 13)
    wrong = (codes == 0xFFFD) | ascii_controls
    other = (codes >= 0x80) & ~wrong
    n_wrong = min(int(np.count_nonzero(wrong)), int(wrong[:-2].sum()) if len(codes) > 2 else 0)
    n_other = int(np.count_nonzero(other))
    if not n_other + n_wrong:
        return MAX_COST_NATS + 1
    costs = load_model().costs(codes)
    not_cjk = other & ~_is_cjk(codes)
    total = float(costs[other & ~not_cjk].sum()) + ERROR_NATS * n_wrong + 14.0 * int(np.count_nonzero(not_cjk))
    return total / (n_other + n_wrong)


def _is_cjk(codes: Codes) -> NDArray[np.bool_]:
    """Han, kana, CJK punctuation and what Chinese text shares with Latin text."""
    han = ((codes >= 0x3000) & (codes < 0x3100)) | ((codes >= 0x3400) & (codes < 0xA000))
    width = (codes >= 0xFF00) & (codes < 0xFFF0)
    shared = (codes >= 0x2010) & (codes <= 0x2027)
    return np.asarray(han | width | shared | (codes == 0xB7) | (codes == 0xA0))
