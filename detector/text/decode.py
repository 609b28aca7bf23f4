"""Turns bytes into text: finds the charset where none is declared, or where the declaration is wrong."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from detector.errors import DecodeError
from detector.text.charmodel import Codes, codes_of, load_model

How = Literal["bom", "ascii", "declared", "valid", "model", "fallback"]

SAMPLE_BYTES = 32_768
META_BYTES = 4_096  # a page declares its charset in the first 1,024 bytes; many do so later
ERROR_NATS = 25.0  # cost of a byte that the charset can't decode: more than any character
DECLARED_MARGIN_NATS = 1.0  # per character; a declaration is believed unless another charset reads far better
MAX_COST_NATS = 9.5  # per character; Chinese in its own charset lies at 4 to 6, in a wrong one above 11
MAX_CLEAN_COST_NATS = 13.0  # where every byte can be read: names, dialects, lists of rare words
MIN_SURE_CHARS = 4  # so many multi-byte sequences of valid UTF-8 do not come about by chance
MAX_CONTROL_SHARE = 0.05

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_LEGACY = ("gb18030", "big5hkscs")
# Names that pages use, and the charset that holds all of what they mean by them (WHATWG Encoding Standard).
_MEANT = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "cp936": "gb18030",
    "ms936": "gb18030",
    "gb_2312-80": "gb18030",
    "x-gbk": "gb18030",
    "big5": "big5hkscs",
    "big5-hkscs": "big5hkscs",
    "cp950": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "utf8": "utf-8",
    "ascii": "utf-8",
    "us-ascii": "utf-8",
    "utf-16": "utf-16-le",
    "utf-32": "utf-32-le",
    "iso-8859-1": "windows-1252",
    "latin-1": "windows-1252",
    "latin1": "windows-1252",
}
_META = re.compile(rb"""<(?:meta|\?xml)[^>]{0,400}?(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,30})""", re.I)
_HIGH = re.compile(rb"[\x80-\xff]")
_TOKEN = re.compile(rb"[\x00-\x7f]+|[\x80-\xff][\x40-\xff]*")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of some bytes, the charset that was used, how it was found, and how many places could not be read."""

    text: str
    charset: str
    how: How
    replaced: int = 0


def decode(data: bytes, declared: str | None = None, *, html: bool = False) -> Decoded:
    """Decode `data`; `declared` is what a header says, and with `html` a `<meta charset>` is looked for.

    A byte order mark decides, then valid UTF-8, then the declaration unless another charset reads far better, then
    the character model. Lines in another charset than the rest are decoded in theirs. Raises DecodeError for bytes
    that are no text.

    >>> decode("资金问题很严重".encode("gbk")).charset, decode("資金問題很嚴重".encode("big5")).charset
    ('gb18030', 'big5hkscs')
    """
    for mark, charset in _BOMS:
        if data.startswith(mark):
            return _checked(_read(data[len(mark) :], charset, "bom"))
    high = _HIGH.search(data)
    if high is None and b"\0" not in data:
        return _read_ascii(data)
    if declared is None and html:
        found = _META.search(data[:META_BYTES])
        declared = found[1].decode("ascii") if found else None
    charset, how = _choose(data, high.start() if high else 0, _meaning(declared))
    return _checked(_read(data, charset, how))


def _meaning(name: str | None) -> str | None:
    if not name:
        return None
    name = name.strip().lower()
    name = _MEANT.get(name, name)
    try:
        "".encode(name)
    except (LookupError, ValueError):
        return None
    return name


def _read_ascii(data: bytes) -> Decoded:
    if b"~{" in data:
        try:
            return Decoded(data.decode("hz"), "hz", "valid")
        except UnicodeDecodeError:
            pass  # a tilde and a brace in plain ASCII
    return _checked(Decoded(data.decode("ascii"), "utf-8", "ascii"))


def _choose(data: bytes, first_high: int, declared: str | None) -> tuple[str, How]:
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


def _read(data: bytes, charset: str, how: How) -> Decoded:
    try:
        text = data.decode(charset)
    except UnicodeDecodeError:
        text = _read_mixed(data, charset)
    else:
        if charset in ("gb18030", "big5hkscs"):
            text = _with_utf8_lines(data, text, charset)
    if text.startswith("\ufeff"):
        text = text[1:]
    replaced = text.count("\ufffd")
    if replaced:
        replaced -= data.count("\ufffd".encode(charset, "ignore") or b"\xff\xff\xff")
    return Decoded(text, charset, how, max(0, replaced))


def _read_mixed(data: bytes, charset: str) -> str:
    """Decode line by line, and a line that does not decode token by token, each in the charset that fits it."""
    if charset.startswith(("utf-16", "utf-32")):
        return data.decode(charset, "replace")
    return "".join(_read_line(line, charset) for line in data.splitlines(keepends=True))


def _read_line(line: bytes, charset: str) -> str:
    if line.isascii():
        return line.decode("ascii")
    if charset != "utf-8" and _is_sure_utf8(line):
        return line.decode("utf-8")
    try:
        return line.decode(charset)
    except UnicodeDecodeError:
        return "".join(_read_token(token, charset) for token in _TOKEN.findall(line))


def _is_sure_utf8(line: bytes) -> bool:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return len(line) - len(text) >= 2 * MIN_SURE_CHARS


def _read_token(token: bytes, charset: str) -> str:
    if token.isascii():
        return token.decode("ascii")
    readings = [token.decode(charset, "replace")]
    for other in ("utf-8", "gb18030", "big5hkscs"):
        if other != charset and len(token) >= 4:
            try:
                readings.append(token.decode(other))
            except UnicodeDecodeError:
                continue
    if len(readings) == 1:
        return readings[0]
    model = load_model()
    costs = [float(model.costs(codes_of(reading)).sum()) for reading in readings]
    best = min(range(len(costs)), key=costs.__getitem__)
    return readings[best] if best and costs[best] < MAX_COST_NATS * len(readings[best]) else readings[0]


def _with_utf8_lines(data: bytes, text: str, charset: str) -> str:
    """`text`, but lines that are UTF-8 beyond doubt read as such."""
    lines = data.split(b"\n")
    foreign = {i for i, line in enumerate(lines) if not line.isascii() and _is_sure_utf8(line)}
    if not foreign:
        return text
    read = (line.decode("utf-8" if i in foreign else charset, "replace") for i, line in enumerate(lines))
    return "\n".join(read)


def _checked(decoded: Decoded) -> Decoded:
    head = decoded.text[:SAMPLE_BYTES]
    controls = len(_CONTROL.findall(head)) + head.count("\ufffd") // 4
    if head and controls > max(2, MAX_CONTROL_SHARE * len(head)):
        raise DecodeError(
            f"{controls} of the first {len(head)} characters are control or unreadable ones when read as "
            f"{decoded.charset}: this is no text in any charset"
        )
    return decoded
