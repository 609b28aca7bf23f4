"""Turns text that was read in the wrong charset, such as `鑱旂洘`, into the text that it was, line by line or in runs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from detector.text.charmodel import codes_of, load_model
from detector.text.edits import Edit
from detector.text.lexicon import REACH
from detector.text.lostbytes import LOST, NEARBY, SAMPLE_BYTES, UNREAD, Place, read_double, read_utf8
from detector.text.shift import strange_spans

MIN_DAMAGED_NATS = 9.0  # per character of a strange stretch, with the text around it
MIN_GAIN_NATS = 2.5  # per character of what is changed; from a wrong charset to the right one it is above 5
MAX_MEAN_COST_NATS = 8.0  # per restored character; clean text lies at 4 to 6
MIN_HAN = 2
MIN_UTF8_BYTES = 8

ANYWHERE = Place()
# What cp1252 shows for 0x80 to 0x9F; Latin-1 shows control characters, which are their own bytes.
_CP1252 = str.maketrans(
    dict(
        zip(
            "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ",
            map(chr, (0x80, *range(0x82, 0x8D), 0x8E, *range(0x91, 0x9D), 0x9E, 0x9F)),
            strict=True,
        )
    )
)
_HAN = re.compile("[\u3400-\u9fff]")
_LATIN = re.compile("[\x80-\xff€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ\ufffd]{4}")
_RUN = re.compile(r"[^\x00-\x7f]+")
_LATIN_RUN = re.compile("[\x80-\xff€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ\ufffd\x21-\x7e]{4,}")
_UTF8_RUN = re.compile(rb"(?:[\xe2-\xe9\xef][\x80-\xbf\xff][\x80-\xbf\xff]){2,}")
SAMPLE_CHARS, MAX_SAMPLES = 32, 4  # a stretch ends late, behind what made it strange, but begins with it
LEAST_GAIN_NATS = 2.0  # per character, of the beginning of a stretch that is worth a closer look
SEAM_NATS = 16.0  # what a stretch costs more because it is cut out


@dataclass(frozen=True, slots=True)
class Misreading:
    """Bytes of charset `written` that were read as `read`, after the misreading `inner` had been made already."""

    written: str
    read: str
    inner: Misreading | None = None

    def undo(self, text: str, place: Place = ANYWHERE) -> str | None:
        """What `text` was, that stands at `place`; None where its characters can't have come about in this way."""
        if self.inner is None:
            return self._undo(text, place)
        outer = self._undo(text, place)
        return None if outer is None or outer == text else self.inner.undo(outer, place)

    def _undo(self, text: str, place: Place) -> str | None:
        try:
            data = LOST.join(part.encode(self.read) for part in self._bytes_of(text).split(UNREAD))
        except UnicodeEncodeError:
            return None
        if self.written == "utf-8":
            read = read_utf8(data, self.read, place)
            if self.inner is None and read and self.read == "latin-1" and len(read) < len(text) and _LATIN.match(read):
                return self.undo(read, place)  # encoded twice
            return read
        if self.read in LATIN_CHARSETS and _reads_as_utf8(data):
            return None
        return read_double(data, self.written, self.read, place)

    def _bytes_of(self, text: str) -> str:
        return text.translate(_CP1252) if self.read == "latin-1" else text


HAN_MISREADINGS = (
    Misreading("utf-8", "gb18030"),
    Misreading("big5hkscs", "gb18030"),
    Misreading("gb18030", "big5hkscs"),
    Misreading("utf-8", "big5hkscs"),
)
LATIN_CHARSETS = ("latin-1", "iso8859-15")
_AS_LATIN = tuple(Misreading(written, read) for read in LATIN_CHARSETS for written in ("gb18030", "big5hkscs"))
LATIN_MISREADINGS = (
    Misreading("utf-8", "latin-1"),
    *_AS_LATIN,
    *(Misreading("utf-8", "latin-1", inner) for inner in _AS_LATIN),
)


def _reads_as_utf8(data: bytes) -> bool:
    """Whether `data` is UTF-8 but for what was cut off at its ends; GBK and Big5 are so by chance for a word or two."""
    head = data[:SAMPLE_BYTES]
    read = head.decode("utf-8", "ignore")
    whole = len(read.encode("utf-8"))
    return whole - sum(map(str.isascii, read)) >= MIN_UTF8_BYTES and len(head) - whole <= 2


def fix_wrong_charset(text: str) -> list[Edit]:
    """Lines or runs of GBK or Big5 characters that are really UTF-8, Big5 or GBK."""
    codes = codes_of(text)
    model = load_model()
    spans = [
        (start, end)
        for start, end in strange_spans(codes)
        if float(model.costs(codes[start:end]).mean()) >= MIN_DAMAGED_NATS and _may_be_misread(text, start, end)
    ]
    if not spans:
        return []
    return _by_line(text, spans, HAN_MISREADINGS) or list(_by_run(text, spans))


def _may_be_misread(text: str, start: int, end: int) -> bool:
    """Whether a strange stretch may be one of HAN_MISREADINGS, by some of it; quicker than to undo all of its line."""
    stop = min(end, start + MAX_SAMPLES * SAMPLE_CHARS)
    return any(_reads_better(text[at : min(stop, at + SAMPLE_CHARS)]) for at in range(start, stop, SAMPLE_CHARS))


def _reads_better(sample: str) -> bool:
    model = load_model()
    cost = model.mean_cost(sample) - LEAST_GAIN_NATS
    for misreading in HAN_MISREADINGS:
        data = LOST.join(part.encode(misreading.read, "replace") for part in sample.split(UNREAD))
        if misreading.written == "utf-8":
            if _UTF8_RUN.search(data):
                return True
            continue
        for part in data.split(LOST):
            read = part.decode(misreading.written, "ignore")
            mean = model.mean_cost(read)
            if len(read) > 1 and mean < cost and (mean - MAX_MEAN_COST_NATS) * len(read) < SEAM_NATS:
                return True
    return False


def fix_latin(text: str) -> list[Edit]:
    """Lines or runs of Latin letters that are really the bytes of Chinese text."""
    spans = [(found.start(), found.end()) for found in _LATIN.finditer(text)]
    return _by_line(text, spans, LATIN_MISREADINGS) or list(_by_latin_run(text))


def _by_line(text: str, spans: Sequence[tuple[int, int]], misreadings: Sequence[Misreading]) -> list[Edit]:
    """Undo one misreading in all lines, where it makes sense of the lines that hold `spans`."""
    lines = text.split("\n")
    starts = _starts(lines)
    suspects = _lines_with(starts, spans)
    best: tuple[float, Misreading] | None = None
    for misreading in misreadings:
        gain = 0.0
        for number in suspects[:200]:  # enough to tell
            edit = _judged(starts[number], lines[number], misreading.undo(lines[number]))
            gain += _total_cost(edit.before) - _total_cost(edit.after) if edit else 0.0
        if gain and (best is None or gain > best[0]):
            best = gain, misreading
    if best is None:
        return []
    return list(_by_known_misreading(lines, starts, best[1]))


def _by_known_misreading(lines: Sequence[str], starts: Sequence[int], misreading: Misreading) -> Iterator[Edit]:
    nearby = ""
    for start, line in zip(starts, lines, strict=True):
        if line.isascii():
            continue
        edit = _plausible(start, line, misreading.undo(line, Place(nearby=nearby, sure=True)))
        if edit is not None:
            nearby = (nearby + "\n" + edit.after)[-NEARBY:]
            yield edit


def _starts(lines: Sequence[str]) -> list[int]:
    starts = [0]
    for line in lines[:-1]:
        starts.append(starts[-1] + len(line) + 1)
    return starts


def _lines_with(starts: Sequence[int], spans: Sequence[tuple[int, int]]) -> list[int]:
    """The numbers of the lines that hold the middle of a span; both in order."""
    numbers: list[int] = []
    number = 0
    for start, end in spans:
        middle = (start + end) // 2
        while number + 1 < len(starts) and starts[number + 1] <= middle:
            number += 1
        if not numbers or numbers[-1] != number:
            numbers.append(number)
    return numbers


def _by_run(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[Edit]:
    """The strange runs one by one: first any misreading of a whole run, then UTF-8 within one."""
    seen = 0  # every run is looked at once, however many spans lie in it
    for start, end in spans:
        if end <= seen:
            continue
        for run_start, run in _runs_touching(text, max(start, seen), end, seen):
            seen = run_start + len(run)
            place = _place(text, run_start)
            edits = [_judged(run_start, run, misreading.undo(run, place)) for misreading in HAN_MISREADINGS]
            whole = min((edit for edit in edits if edit), key=lambda edit: _total_cost(edit.after), default=None)
            yield from [whole] if whole else _within(run_start, run)


def _runs_touching(text: str, start: int, end: int, floor: int) -> Iterator[tuple[int, str]]:
    """The runs without ASCII that touch `text[start:end]`, each as far as it goes, none before `floor`."""
    while start > floor and not text[start - 1].isascii():
        start -= 1
    while end < len(text) and not text[end].isascii():
        end += 1
    for found in _RUN.finditer(text, start, end):
        yield found.start(), found[0]


def _place(text: str, at: int) -> Place:
    return Place(before=text[max(0, at - REACH) : at] or "\n", nearby=text[max(0, at - NEARBY) : at])


def _within(start: int, run: str) -> Iterator[Edit]:
    """The parts of a run of Chinese that are UTF-8 read as GBK."""
    if {len(char.encode("gb18030", "replace")) for char in run} != {2}:
        return
    for found in _UTF8_RUN.finditer(run.encode("gb18030")):
        first, last = (found.start() + 1) // 2, found.end() // 2
        part = run[first:last]
        edit = _judged(start + first, part, Misreading("utf-8", "gb18030").undo(part, _place(run, first)))
        if edit is not None:
            yield edit


def _by_latin_run(text: str) -> Iterator[Edit]:
    """Latin runs between Chinese text; ASCII letters belong to them where they are trail bytes."""
    for found in _LATIN_RUN.finditer(text):
        run = found[0]
        if run.isascii():
            continue
        edits = [_judged(found.start(), run, misreading.undo(run)) for misreading in LATIN_MISREADINGS]
        edit = min((e for e in edits if e), key=lambda e: _total_cost(e.after), default=None)
        if edit is not None:
            yield edit


def _judged(start: int, before: str, after: str | None) -> Edit | None:
    """The edit, where it clearly makes sense of what made none."""
    if after is None or before == after or len(_HAN.findall(after)) < MIN_HAN:
        return None
    gain = _total_cost(before) - _total_cost(after)
    if _total_cost(after) > MAX_MEAN_COST_NATS * len(after) or gain < MIN_GAIN_NATS * len(after):
        return None
    return Edit(start, before, after)


def _plausible(start: int, before: str, after: str | None) -> Edit | None:
    """The edit, where other lines have shown that the text was misread and this line reads no worse for it."""
    if after is None or before == after or _total_cost(after) >= _total_cost(before):
        return None
    return Edit(start, before, after)


def _total_cost(text: str) -> float:
    return float(load_model().costs(codes_of(text)).sum())
