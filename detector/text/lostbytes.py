"""Turns bytes of which some were lost into the likeliest text: UTF-8, GBK or Big5 with holes in it.

A reader that meets a byte which begins no character of its charset writes U+FFFD and goes on with the next byte. So a
lost byte is known not to make a pair with the one behind it, which leaves few characters to choose from.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from detector.text.charmodel import Codes, codes_of, load_model
from detector.text.gbk import load_gbk
from detector.text.guess import CONTEXT, likeliest
from detector.text.shift import WRONG_SCRIPT_NATS, wrong_script

UNREAD = "\ufffd"
LOST = b"\xff"  # stands for a byte that was lost; in no charset of these
NEARBY = 1_500  # characters on either side in which words of a gap are looked for
SAMPLE_BYTES = 3_000

_LOST = LOST[0]
_NOT_CP1252 = (0x81, 0x8D, 0x8F, 0x90, 0x9D)  # bytes that cp1252 can't read
_WHOLE = re.compile(rb"[\xe2-\xef][\x80-\xbf]{2}")
_ASCII = bytes(range(128))
_CUT_OFF = re.compile(rb"([\xe2-\xef][\x80-\xbf])(?:\?|(?![\x80-\xbf\xff]))")
_INCOMPLETE = re.compile(rb"([\xe2-\xef](?:[\x80-\xbf]\xff|\xff[\x80-\xbf]|\xff\xff)|[\xc2-\xdf]\xff|\xff)")
_FOUR_BYTES = rb"[\x81-\xfe][0-9][\x81-\xfe][0-9]"
_DOUBLE = re.compile(rb"[\x00-\x80]+|(?:" + _FOUR_BYTES + rb"|[\x81-\xfe][\x40-\xfe])+|\xff[\x40-\xff]|[\x81-\xfe]\xff|\xff")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a piece of text stands: the characters `before` it, text `nearby` of the same document, and whether other
    lines have shown for `sure` that the document was misread."""

    before: str = "\n"
    nearby: str = ""
    sure: bool = False


def read_utf8(data: bytes, read: str, place: Place) -> str | None:
    """UTF-8 that was read as `read`, in which bytes are LOST or cut off; None for anything that is no UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    head = data[:SAMPLE_BYTES]
    if not place.sure and len(_WHOLE.findall(head)) * 6 < len(head.translate(None, _ASCII)):
        return None
    pieces = _INCOMPLETE.split(_CUT_OFF.sub(b"\\1" + LOST, data))
    if not place.sure and len(pieces) * 6 > len(data) + 12:
        return None
    try:
        known = [piece.decode("utf-8") for piece in pieces[::2]]
    except UnicodeDecodeError:
        return None
    follow = [after.encode()[:1] for after in known[1:]]
    choices = [_utf8_choices(gap, after, read) for gap, after in zip(pieces[1::2], follow, strict=True)]
    return _filled(known, choices, place)


def read_double(data: bytes, written: str, read: str, place: Place) -> str | None:
    """GBK or Big5 (`written`) that was read as `read`, in which bytes are LOST; None where it can't be that."""
    known, gaps = [""], []
    end = 0
    for found in _DOUBLE.finditer(data):
        if found.start() != end:
            return None
        end = found.end()
        if LOST in found[0]:
            gaps.append((found[0], data[end : end + 1]))
            known.append("")
            continue
        try:
            known[-1] += found[0].decode(written)
        except UnicodeDecodeError:
            return None
    if end != len(data):
        return None
    return _filled(known, [_double_choices(gap, after, written, read) for gap, after in gaps], place)


def _filled(known: Sequence[str], choices: Sequence[Codes], place: Place) -> str:
    """The pieces of text that are `known`, with the likeliest of `choices` in each gap between two of them."""
    if not choices:
        return known[0]
    joined = UNREAD.join(known)
    wrong = wrong_script(codes_of(joined[:SAMPLE_BYTES]))
    pieces = [known[0]]
    left = (place.before + known[0])[-CONTEXT:]
    at = len(known[0])
    for candidates, after in zip(choices, known[1:], strict=True):
        nearby = joined[max(0, at - NEARBY) : at + NEARBY] + "\n" + place.nearby[-NEARBY:]
        char = _choose(candidates, left, after, wrong, nearby)
        pieces += (char, after)
        left = (left + char + after)[-CONTEXT:]
        at += len(after) + 1
    return "".join(pieces)


def _choose(choices: Codes, before: str, after: str, wrong: int, nearby: str) -> str:
    if not choices.size:
        return UNREAD
    model = load_model()
    left, right = codes_of(before.rstrip(" ")[-1:] or "\n"), codes_of(after.lstrip(" ")[:1] or "\n")
    costs = model.pair_costs(left, choices) + model.pair_costs(choices, right)
    if wrong:
        costs = costs + WRONG_SCRIPT_NATS * (model.scripts[choices] == wrong)
    return chr(likeliest(choices, costs, before.rstrip(" "), after[:CONTEXT].lstrip(" "), nearby, wrong))


def _utf8_choices(gap: bytes, after: bytes, read: str) -> Codes:
    """Code points of two or three bytes of UTF-8 that fit `gap`, before the byte `after`."""
    if len(gap) not in (2, 3) or gap[:1] == LOST:
        return np.zeros(0, np.uint16)
    wide = np.array([gap[0] & (0x1F if len(gap) == 2 else 0x0F)], np.int64)
    for byte in gap[1:]:
        trails = np.arange(0x80, 0xC0) if byte == _LOST else np.array([byte])
        wide = (wide[:, None] << 6 | (trails & 0x3F)[None, :]).ravel()
    wide = wide[(wide >= 0x80) & ((wide < 0xD800) | (wide > 0xDFFF))]
    following = np.full(len(wide), after[0] if after else 0x0A)
    possible = np.ones(len(wide), np.bool_)
    for shift, byte in zip((0, 6), gap[:0:-1], strict=False):
        trail = 0x80 | wide >> shift & 0x3F
        if byte == _LOST:
            possible &= np.isin(trail, _NOT_CP1252) if read == "latin-1" else ~_makes_pair(read)[trail, following]
        following = trail
    return wide[possible].astype(np.uint16)


def _double_choices(gap: bytes, after: bytes, written: str, read: str) -> Codes:
    """Characters of `written` whose two bytes fit `gap`, of which each lost one makes no pair with the next."""
    if len(gap) < 2:
        return np.zeros(0, np.uint16)
    leads = np.arange(0x81, 0xFF) if gap[0] == _LOST else np.array([gap[0]])
    trails = np.arange(0x40, 0xFF) if gap[1] == _LOST else np.array([gap[1]])
    lead, trail = (side.ravel() for side in np.meshgrid(leads, trails, indexing="ij"))
    pairs = _makes_pair(read)
    possible = np.ones(len(lead), np.bool_)
    if gap[0] == _LOST:
        possible &= ~pairs[lead, trail]
    if gap[1] == _LOST:
        possible &= ~pairs[trail, after[0] if after else 0x0A]
    chars = _chars_of(written)[lead, trail]
    return np.asarray(chars[possible & (chars > 0)])


@cache
def _chars_of(charset: str) -> Codes:
    """uint16[256, 256]: the character of each pair of bytes, 0 where there is none."""
    if charset == "gb18030":
        return load_gbk().char_of.reshape(256, 256)
    table = np.zeros((256, 256), np.uint16)
    for lead in range(0x81, 0xFF):
        for trail in range(0x40, 0xFF):
            char = bytes((lead, trail)).decode(charset, "ignore")
            if len(char) == 1 and ord(char) < 0x10000 and not char.isascii():
                table[lead, trail] = ord(char)
    return table


@cache
def _makes_pair(charset: str) -> NDArray[np.bool_]:
    """bool[256, 256]: whether a reader of `charset` takes two bytes for a character; not where only some readers do."""
    table = _chars_of("big5" if charset == "big5hkscs" else charset)
    return np.asarray((table > 0) & ((table < 0xE000) | (table >= 0xF900)))
