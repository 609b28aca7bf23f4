"""Turns bytes into text: finds the charset where none is declared, or where the declaration is wrong."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from detector.errors import DecodeError
from detector.text.charmodel import codes_of, load_model
from detector.text.sniff import MAX_COST_NATS, MIN_SURE_CHARS, SAMPLE_BYTES, How, choose_charset

META_BYTES = 4_096  # a page declares its charset in the first 1,024 bytes; many do so later
MAX_CONTROL_SHARE = 0.05

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
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
_SURROGATES = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")  # UTF-16 written as UTF-8 (CESU-8)
_EURO = re.compile(rb"([\x81-\xfe][\x40-\x7e\x80-\xfe])|\x80")  # one byte in cp936, which GB18030 has no use for
_CONTROL = re.compile("[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")


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
    charset, how = choose_charset(data, high.start() if high else 0, _meaning(declared))
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


def _read(data: bytes, charset: str, how: How) -> Decoded:
    if charset == "utf-8" and b"\xed" in data:
        data = _SURROGATES.sub(_joined, data)
    try:
        text = data.decode(charset)
    except UnicodeDecodeError as error:
        cut_off = error.reason.startswith(("incomplete", "unexpected end"))
        text = data[: error.start].decode(charset) + "\ufffd" if cut_off else _read_mixed(data, charset)
    else:
        if charset in ("gb18030", "big5hkscs"):
            text = _with_utf8_lines(data, text, charset)
    if text.startswith("\ufeff"):
        text = text[1:]
    replaced = text.count("\ufffd")
    if replaced:
        replaced -= data.count("\ufffd".encode(charset, "ignore") or b"\xff\xff\xff")
    return Decoded(text, charset, how, max(0, replaced))


def _joined(found: re.Match[bytes]) -> bytes:
    """Two surrogates that were written one by one, as the character that they are."""
    units = found[0].decode("utf-8", "surrogatepass").encode("utf-16-le", "surrogatepass")
    return units.decode("utf-16-le").encode()


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
    if charset == "gb18030":
        token = _EURO.sub(lambda found: found[1] or "€".encode(charset), token)
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
    """`decoded`, unless it is no text. Zero bytes count only where little but ASCII stands around: they pad records."""
    head = decoded.text[:SAMPLE_BYTES]
    controls = len(_CONTROL.findall(head)) + min(decoded.replaced, head.count("\ufffd")) // 4
    zeros = head.count("\0")
    if zeros * 4 > sum(char > "\u2fff" for char in head):
        controls += zeros
    if head and controls > max(2, MAX_CONTROL_SHARE * len(head)):
        raise DecodeError(
            f"{controls} of the first {len(head)} characters are control or unreadable ones when read as "
            f"{decoded.charset}: this is no text in any charset"
        )
    return decoded
