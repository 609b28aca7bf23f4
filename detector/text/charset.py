"""Turns text that was read in the wrong charset, such as `鑱旂洘`, into the text that it was, run by run."""

from __future__ import annotations

import re
from collections.abc import Iterator

import ftfy.bad_codecs  # noqa: F401  registers sloppy-windows-1252, which keeps every byte
import numpy as np

from detector.text.charmodel import codes_of, load_model
from detector.text.edits import Edit
from detector.text.shift import strange_spans

MIN_GAIN_NATS = 2.5  # per character of the damaged run, against its length restored
MAX_MEAN_COST_NATS = 8.0
MIN_HAN = 2
MIN_DAMAGED_NATS = 9.0  # per character of the strange stretch, with the text around it

# A byte that could not be read: one that is followed by more of the run is known to be one of a few.
UNREAD = "\ufffd"
_RUN = re.compile(r"[^\x00-\x7f]+\??")
_UTF8 = re.compile(
    rb"(?:[\xe2-\xe9\xef][\x80-\xbf\xff][\x80-\xbf\xff]|[\xc2-\xdf][\x80-\xbf\xff]|\xf0[\x90-\xbf][\x80-\xbf][\x80-\xbf]"
    rb"|(?<=[\x80-\xff])[\x20-\x7e](?![\x20-\x7e])){2,}"
)
_HAN = re.compile("[\u3400-\u9fff]")
_SPECIALS = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
_LATIN_RUN = re.compile(rf"[\x80-\xff{_SPECIALS}](?:[\x80-\xff{_SPECIALS}]|[\x40-\x7e](?=[\x80-\xff{_SPECIALS}]|\b))*")


def fix_wrong_charset(text: str) -> list[Edit]:
    """Runs of GBK or Big5 characters that are really UTF-8, Big5 or GBK."""
    edits: list[Edit] = []
    codes = codes_of(text)
    done = 0
    for start, end in strange_spans(codes):
        if float(load_model().costs(codes[start:end]).mean()) < MIN_DAMAGED_NATS:
            continue  # rare words; in another charset there would be nothing else
        for run_start, run in _runs_within(text, max(start, done), end):
            edit = _reread(run_start, run)
            if edit is not None and edit.start >= done:
                edits.append(edit)
                done = edit.start + len(edit.before)
    return edits


def fix_latin(text: str) -> list[Edit]:
    """Runs of Latin letters that are really the bytes of Chinese text."""
    edits = []
    for found in _LATIN_RUN.finditer(text):
        run = found[0]
        if len(run) < 4:
            continue
        data = run.encode("sloppy-windows-1252", "replace")
        readings = [_decoded(data, charset) for charset in ("utf-8", "gb18030", "big5hkscs")]
        best = min((reading for reading in readings if reading), key=_mean_cost, default=None)
        if best and len(_HAN.findall(best)) >= MIN_HAN and _mean_cost(best) <= MAX_MEAN_COST_NATS:
            edits.append(Edit(found.start(), run, best))
    return edits


def _runs_within(text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    """The runs without ASCII that touch `text[start:end]`, each as far as it goes."""
    while start > 0 and not text[start - 1].isascii():
        start -= 1
    while end < len(text) and not text[end].isascii():
        end += 1
    for found in _RUN.finditer(text, start, min(len(text), end + 1)):
        yield found.start(), found[0]


def _decoded(data: bytes, charset: str) -> str | None:
    try:
        return data.decode(charset)
    except UnicodeDecodeError as error:
        if error.start >= len(data) - 2:  # cut off in the middle of a character
            return data[: error.start].decode(charset) or None
        return None


def _reread(start: int, run: str) -> Edit | None:
    """The edit that makes `run`, or a part of it, readable; None where no other charset does."""
    edits = [edit for edit in (_as_utf8(start, run), *_as_other(start, run)) if edit]
    return min(edits, key=lambda edit: _mean_cost(edit.after), default=None)


def _as_utf8(start: int, run: str) -> Edit | None:
    plain = run.removesuffix("?")
    data = b"".join(_bytes_of(char) for char in plain)
    offsets = np.cumsum([0, *(len(_bytes_of(char)) for char in plain)])
    found = max(_UTF8.finditer(data + b"\xff"), key=lambda m: len(m[0]), default=None)
    if found is None:
        return None
    first = int(np.searchsorted(offsets, found.start()))
    if offsets[first] != found.start():
        return None
    stop = int(np.searchsorted(offsets, min(found.end(), len(data)), side="right")) - 1
    after = _guess(data[found.start() : int(offsets[stop])], plain[:first][-1:])
    before = plain[first:stop]
    if stop == len(plain) and UNREAD in before and run.endswith("?"):
        before += ""
    return _judged(start + first, before, after)


def _bytes_of(char: str) -> bytes:
    if char == UNREAD:
        return b"\xff"  # in no charset here
    return char.encode("gb18030", "replace")


def _guess(data: bytes, before: str) -> str:
    """Decode `data` as UTF-8; a byte 0xFF is unknown and chosen by the model."""
    text = before
    for piece in re.split(rb"([\xc2-\xf4][\x80-\xbf]*\xff[\x80-\xbf\xff]?)", data):
        if b"\xff" in piece:
            text += _likeliest(piece, text[-1:] or "\n")
        else:
            text += piece.decode("utf-8", "ignore")
    return text[len(before) :]


def _likeliest(piece: bytes, before: str) -> str:
    choices = []
    for byte in range(0x80, 0xC0):
        try:
            choices.append(piece.replace(b"\xff", bytes((byte,))).decode("utf-8"))
        except UnicodeDecodeError:
            continue
    if not choices:
        return UNREAD
    model = load_model()
    return min(choices, key=lambda choice: float(model.costs(codes_of(before + choice))[1:].sum()))


def _as_other(start: int, run: str) -> Iterator[Edit | None]:
    for source, target in (("gb18030", "big5hkscs"), ("big5hkscs", "gb18030")):
        try:
            data = run.encode(source)
        except UnicodeEncodeError:
            continue
        after = _decoded(data, target)
        if after:
            yield _judged(start, run, after)


def _judged(start: int, before: str, after: str) -> Edit | None:
    if before == after or len(_HAN.findall(after)) < MIN_HAN:
        return None
    cost = _mean_cost(after)
    gain = _total_cost(before) - _total_cost(after)
    if cost > MAX_MEAN_COST_NATS or gain < MIN_GAIN_NATS * len(before):
        return None
    return Edit(start, before, after)


def _total_cost(text: str) -> float:
    return float(load_model().costs(codes_of(text)).sum())


def _mean_cost(text: str) -> float:
    return _total_cost(text) / max(1, len(text))
