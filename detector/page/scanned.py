"""Turns a parsed page into arrays of its elements by one compiled scan, and these into blocks and hidden text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.page import empty_kernels, markup, scan_kernels, style_kernels, walk_kernels
from detector.page.conceal import CLOSED, MAX_PIECES, REREAD, SMALL_PAGE, TRANSPARENT, Marks, hidden_elements
from detector.page.hidden import TOGGLED
from detector.page.scan_tables import load_tables
from detector.page.stylesheet import Facts, Names
from detector.page.walk import Blocks, Tree

_ATTRIBUTE = re.compile(r' ([^ />][^=]*)="([^"]*)"')
_TAG = re.compile(r"<[^>]*>")
_ESCAPE = re.compile(r"&(?:(amp|lt|gt|quot)|#(\d+)|#x([0-9a-fA-F]+));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"'}


@dataclass(frozen=True, slots=True)
class Scan:
    """The elements of a page in document order, over the bytes of its serialised tree.

    Spans are of bytes. `names` and `styles` number from 1 the distinct pairs of class and id and the distinct styles;
    0 is none. See `detector.page.scan_kernels.scan`.
    """

    data: bytes
    codes: NDArray[np.uint8]  # the same bytes
    tag: NDArray[np.uint8]
    parent: NDArray[np.int32]
    at: NDArray[np.int32]
    close: NDArray[np.int32]
    after: NDArray[np.int32]
    names: NDArray[np.int32]
    style: NDArray[np.int32]
    bits: NDArray[np.uint8]
    pairs: list[tuple[str, str]]  # class and id of each number of `names`
    style_spans: NDArray[np.int32]  # [n_styles, 4]
    name_flags: NDArray[np.int32]  # [n_names + 1] W_ bits
    depth: int
    marked: dict[int, list[int]]  # the elements of the tags that say something of the page, by their numbers

    def text(self, start: int, end: int) -> str:
        """What stands in a span, its escapes undone."""
        return unescaped(self.data[start:end].decode("utf-8"))

    def rows(self, tag: str) -> list[int]:
        """The elements of a tag."""
        tables = load_tables()
        number = tables.numbers.get(tag, 0)
        if tables.telling[number]:
            return self.marked.get(number, [])
        found: list[int] = np.flatnonzero(self.tag == number).tolist()
        return found if number else [row for row in found if Node(self, row).tag == tag]

    def iter(self, *tags: str) -> Iterator[Node]:
        """The elements of some tags in document order."""
        rows = self.rows(tags[0]) if len(tags) == 1 else sorted(row for tag in tags for row in self.rows(tag))
        return (Node(self, row) for row in rows)


class Node:
    """One element of a scan, with what is used of an lxml element."""

    __slots__ = ("attributes", "row", "scan")

    def __init__(self, scan: Scan, row: int) -> None:
        self.scan = scan
        self.row = row
        self.attributes: dict[str, str] | None = None

    @property
    def start(self) -> int:
        """Where its content begins."""
        return self.scan.data.index(b">", self.scan.at[self.row]) + 1

    @property
    def tag(self) -> str:
        name = load_tables().tags[self.scan.tag[self.row]]
        return (
            name or re.split(r"[ />]", self.scan.data[self.scan.at[self.row] + 1 : self.start].decode("utf-8"), maxsplit=1)[0]
        )

    def get(self, name: str) -> str | None:
        """The value of an attribute; a class or id that is empty counts as absent."""
        if name == "class" or name == "id":
            number = self.scan.names[self.row]
            return (self.scan.pairs[number - 1][name == "id"] or None) if number else None
        if self.attributes is None:
            tag = self.scan.data[self.scan.at[self.row] : self.start].decode("utf-8")
            found = _ATTRIBUTE.findall(tag)
            self.attributes = {key: unescaped(value) for key, value in found} if "&" in tag else dict(found)
        return self.attributes.get(name)

    @property
    def text(self) -> str | None:
        """The text before its first child."""
        start, close = self.start, int(self.scan.close[self.row])
        child = self.scan.data.find(b"<", start, close)
        return self.scan.text(start, child if child >= 0 else close) or None

    def itertext(self) -> list[str]:
        """All text in it, in one piece."""
        return [unescaped(_TAG.sub("", self.scan.data[self.start : self.scan.close[self.row]].decode("utf-8")))]


def unescaped(text: str) -> str:
    """A text of the serialised tree without its escapes.

    >>> unescaped("1 &lt; 2 &amp;amp; &#13;")
    '1 < 2 &amp; \\r'
    """
    return _ESCAPE.sub(_character, text) if "&" in text else text


def _character(match: re.Match[str]) -> str:
    name, decimal, hexadecimal = match.groups()
    return _NAMED[name] if name else chr(int(decimal) if decimal else int(hexadecimal, 16))


def warm_up() -> None:
    """Run every kernel once, so that no later call has to load or compile one."""
    page = Concealed(
        scan_page(b'<html><style>a{top:0}</style><body class="a"><p hidden="">&amp;</p><p>a</p></body></html>'), 70
    )
    page.conceal()
    page.blocks()


def scan_page(data: bytes) -> Scan:
    """Scan the bytes that `lxml.etree.tostring` makes of a tree."""
    tables = load_tables()
    codes = np.frombuffer(data, np.uint8)
    n = int(np.count_nonzero(codes == ord("<")))
    tag, bits = np.empty(n, np.uint8), np.empty(n, np.uint8)
    parent, at, close, after, names, style = (np.empty(n, np.int32) for _ in range(6))
    name_spans, style_spans = np.empty((n, 4), np.int32), np.empty((n, 4), np.int32)
    n_slots = 1 << n.bit_length()
    n, n_names, n_styles, depth = scan_kernels.scan(
        codes, tables.slots, tables.low, tables.high, tables.no_text, tag, parent, at, close, after, names, style, bits,
        np.zeros(n_slots, np.int32), name_spans, np.zeros(n_slots, np.int32), style_spans,
    )  # fmt: skip
    marked: dict[int, list[int]] = {}
    rows = np.flatnonzero(tables.telling.take(tag[:n]))
    for number, row in zip(tag[rows].tolist(), rows.tolist(), strict=True):
        marked.setdefault(number, []).append(row)
    flags, pairs = _names(codes, name_spans[:n_names])
    return Scan(
        data, codes, tag[:n], parent[:n], at[:n], close[:n], after[:n], names[:n], style[:n], bits[:n],
        pairs, style_spans[:n_styles], flags, depth, marked,
    )  # fmt: skip


def _names(codes: NDArray[np.uint8], spans: NDArray[np.int32]) -> tuple[NDArray[np.int32], list[tuple[str, str]]]:
    """The W_ bits of each pair of class and id, 0 for none before them, and the pairs."""
    tables = load_tables()
    flags = np.zeros(len(spans) + 1, np.int32)
    sizes = spans[:, 1] - spans[:, 0] + spans[:, 3] - spans[:, 2]
    out = np.empty(int(sizes.sum()) + 2 * len(spans) + 2 * int(sizes.max(initial=0)) + 4, np.uint8)
    size = scan_kernels.name_flags(codes, spans, len(spans), tables.steps, tables.bits, flags, out)
    lines = bytes(out[:size]).decode("utf-8").split("\n")[:-1]
    pairs = [(classes, element_id) for classes, _, element_id in (line.partition("\t") for line in lines)]
    for number, line in enumerate(lines):
        if "&" in line or flags[number + 1] < 0:
            classes, element_id = pairs[number] = (unescaped(pairs[number][0]), unescaped(pairs[number][1]))
            flags[number + 1] = markup.word_flags(f"{classes} {element_id}")
    return flags, pairs


class Concealed:
    """A scanned page of which elements are taken out, with the texts that stood in them."""

    def __init__(self, scan: Scan, room: int) -> None:
        self.scan = scan
        self.emptied = np.zeros(len(scan.tag), np.uint8)
        n_details = len(scan.rows("details"))
        self.shown_at = np.zeros(len(scan.tag) if n_details else 0, np.int32)
        self.shown = np.empty(2 * len(scan.data) + 8 if n_details else 1, np.uint8)
        self.n_shown = 1
        self.room = room
        self.out = np.empty(0, np.uint8)
        self.used = np.zeros(3, np.int64)  # bytes, pieces, code points

    def empty(self, rows: Sequence[int]) -> list[int]:
        """Take the content out of some elements, in this order; how many marks of punctuation stood in each."""
        if not len(rows):
            return []
        tables, scan = load_tables(), self.scan
        if not len(self.out):
            self.out = np.empty(4 * self.room + 2 * len(scan.data) + 1024, np.uint8)
        prose, stored = np.zeros(len(rows), np.int32), np.zeros(len(rows), np.int32)
        self.n_shown = empty_kernels.empty_out(
            scan.codes, np.array(rows, np.int32), scan.tag, scan.parent, scan.at, scan.close, scan.after, tables.no_text,
            tables.numbers["details"], tables.numbers["summary"], self.emptied, self.shown_at, self.shown, self.n_shown,
            self.out, MAX_PIECES, self.room, REREAD * len(scan.data) + SMALL_PAGE, self.used, stored, prose,
        )  # fmt: skip
        counts: list[int] = prose.tolist()
        return counts

    def conceal(self, *, for_good_only: bool = False) -> int:
        """Empty what is hidden, as `conceal.conceal` does; how much prose a script could bring back into sight."""
        scan = self.scan
        outer = [load_tables().numbers[tag] for tag in TRANSPARENT]
        found = [(row, how) for row, how in hidden_elements(marks_of(scan)).items() if scan.tag[row] not in outer]
        found = [(row, how) for row, how in found if not (for_good_only and how == TOGGLED)]
        prose = self.empty([row for row, _ in found])
        waiting = sum(marks for marks, (_, how) in zip(prose, found, strict=True) if how == TOGGLED)
        closed = [
            (tag == "noscript", row)
            for tag in CLOSED
            for row in scan.rows(tag)
            if not scan.bits[row] & (scan_kernels.OPEN | scan_kernels.UNREAD) or self.emptied[row]
        ]
        closed = [(waits, row) for waits, row in closed if not (waits and for_good_only) and not self._is_within(row)]
        closed.sort(key=lambda each: each[1])
        prose = self.empty([row for _, row in closed])
        return waiting + sum(marks for marks, (waits, _) in zip(prose, closed, strict=True) if waits)

    def _is_within(self, row: int) -> bool:
        """Whether an element stands in one that has been emptied."""
        above = int(self.scan.parent[row])
        while above >= 0 and not self.emptied[above]:
            above = int(self.scan.parent[above])
        return above >= 0

    def texts(self) -> list[str]:
        """What stood in the emptied elements."""
        return bytes(self.out[: self.used[0]]).decode("utf-8").split("\n")[:-1]

    def blocks(self) -> tuple[Blocks, Tree]:
        """What is left, as blocks, and the containers around them."""
        scan, tables = self.scan, load_tables()
        out = np.empty(len(scan.data) + self.n_shown + 64, np.uint8)
        stack, frames = np.empty(scan.depth + 2, np.int32), np.empty((scan.depth + 2, walk_kernels.N_FRAME), np.int32)
        boxed = np.zeros((2, len(scan.tag) + 1), np.int32)
        n = -1
        limit = len(scan.tag) // 2 + 64
        while n < 0:  # most pages have fewer blocks than half their elements
            columns = np.empty((walk_kernels.N_COLUMNS, limit), np.int32)
            n, size, n_boxes = walk_kernels.walk(
                scan.codes, scan.tag, scan.close, scan.after, scan.names, scan.name_flags, self.emptied, self.shown_at,
                self.shown, tables.kind, tables.flags, tables.role, tables.heading, tables.numbers["body"],
                tables.numbers["img"], stack, frames, out, columns, boxed,
            )  # fmt: skip
            limit *= 4
        texts = bytes(out[:size]).decode("utf-8").split("\n")[:-1]
        blocks = Blocks(texts, [tables.tags[number] for number in columns[0, :n].tolist()], columns[1:, :n].copy())
        return blocks, self._tree(boxed[:, : n_boxes + 1])

    def _tree(self, boxed: NDArray[np.int32]) -> Tree:
        """The containers; alike are those of one tag and class, and an emptied element has lost its class."""
        scan = self.scan
        rows = boxed[1, 1:]
        names = np.where(self.emptied[rows], 0, scan.names[rows]).tolist()
        known: dict[tuple[int, str], int] = {}
        pairs = scan.pairs
        kinds = [
            known.setdefault((tag, pairs[name - 1][0] if name else ""), len(known) + 1)
            for tag, name in zip(scan.tag[rows].tolist(), names, strict=True)
        ]
        return Tree(tuple(boxed[0].tolist()), (0, *kinds))


def marks_of(scan: Scan) -> Marks:
    """What of a scanned page can take elements out of sight; its elements are rows."""
    rows = Rows(scan)
    fonts: dict[str, list[int]] = {}
    for row in scan.rows("font"):
        if scan.bits[row] & scan_kernels.COLOR:
            fonts.setdefault(rows.get(row, "color") or "", []).append(row)
    return Marks(
        sheets=[node.text or "" for node in scan.iter("style")],
        flagged=np.flatnonzero(scan.bits & scan_kernels.HIDDEN).tolist(),
        styles=rows.texts,
        styled=_Groups(scan.style),
        fonts=fonts,
        grounds=lambda: {rows.get(row, "bgcolor") or "" for row in np.flatnonzero(scan.bits & scan_kernels.BGCOLOR).tolist()},
        plain=not any("stylesheet" in (link.get("rel") or "") for link in scan.iter("link")),
        page=rows,
    )


_NOTED = {"bgcolor": scan_kernels.BGCOLOR, "background": scan_kernels.BACKGROUND, "color": scan_kernels.COLOR}


class Rows:
    """The elements of a scan as rows, for the rules of a style sheet."""

    def __init__(self, scan: Scan) -> None:
        self.scan = scan
        self.texts = [scan.text(start, end) for start, end, _, _ in scan.style_spans.tolist()]
        self.tags: list[int] = []  # the columns as lists, made when first needed
        self.names: list[int] = []
        self.parents: list[int] = []
        self.styles: list[int] = []
        self.bits: list[int] = []

    def _lists(self) -> None:
        scan = self.scan
        self.tags, self.names, self.parents = scan.tag.tolist(), scan.names.tolist(), scan.parent.tolist()
        self.styles, self.bits = scan.style.tolist(), scan.bits.tolist()

    def get(self, row: int, name: str) -> str | None:
        """The value of an attribute; what the scan has noted is not read again."""
        if not self.tags:
            self._lists()
        if name == "style":
            number = self.styles[row]
            return self.texts[number - 1] if number else None
        if name == "class" or name == "id":
            number = self.names[row]
            return self.scan.pairs[number - 1][name == "id"] if number else None
        if not self.bits[row] & _NOTED.get(name, 0xFF):
            return None
        return Node(self.scan, row).get(name)

    def key(self, row: int) -> tuple[int, int]:
        if not self.tags:
            self._lists()
        return self.tags[row] or -row - 1, self.names[row]  # each element of a tag that is not known is its own kind

    def facts(self, row: int) -> Facts:
        node = Node(self.scan, row)
        return Facts(node.tag, frozenset((node.get("class") or "").split()), node.get("id"))

    def parent(self, row: int) -> int | None:
        if not self.tags:
            self._lists()
        above = self.parents[row]
        return above if above >= 0 else None

    def named(self) -> tuple[Sequence[Names], Callable[[int], Sequence[int]]]:
        return self.scan.pairs, _Groups(self.scan.names)

    def telling_blocks(self, sheet: str) -> Iterator[tuple[str, str]]:
        data = sheet.encode("utf-8", "replace")
        spans = np.empty((data.count(b"}"), 4), np.int32)
        n = style_kernels.telling_blocks(
            np.frombuffer(data, np.uint8), style_kernels.LOW, style_kernels.HIGH, style_kernels.NEEDS, spans
        )
        for a, b, c, d in spans[:n].tolist():
            yield data[a:b].decode("utf-8"), data[c:d].decode("utf-8")

    def of_tags(self, tags: Sequence[str]) -> list[int]:
        return [
            row
            for row in sorted(row for tag in tags for row in self.scan.rows(tag))
            if not self.scan.bits[row] & scan_kernels.UNREAD
        ]


class _Groups:
    """The elements by their number in a column of a scan; sorted when first asked for."""

    def __init__(self, numbers: NDArray[np.int32]) -> None:
        self.numbers = numbers
        self.rows: NDArray[np.int64] | None = None
        self.starts: list[int] = []

    def __call__(self, place: int) -> list[int]:
        """The elements with the number `place + 1`."""
        if self.rows is None:
            self.rows = np.argsort(self.numbers, kind="stable")
            self.starts = np.concatenate(([0], np.cumsum(np.bincount(self.numbers)))).tolist()
        rows: list[int] = self.rows[self.starts[place + 1] : self.starts[place + 2]].tolist()
        return rows
