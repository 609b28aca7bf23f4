"""Turns one document into the small row by which its template can be recognised anywhere in the corpus."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from detector.template.masking import coded_names, entity_terms, mask
from detector.template.outline import outline
from detector.template.roles import connective_of, connective_role, opening, role_number
from detector.text.fold import fold_chars
from detector.types import Document, Heading

MAX_HEADINGS = 32
MAX_CLAUSES = 96
MIN_CLAUSE_CHARS = 3
SECTION_SLOTS = 8
VOCABULARY = 128  # slots of the sketch of character pairs
TAIL_CHARS = 4
EDGE_CHARS = 6  # a clause whose name could not be masked still shares its first or last characters
STYLES = ("bare", "cjk", "cjk_paren", "decimal", "decimal_dot", "circled", "ordinal", "faq", "markdown", "html", "opener")
OPENER = STYLES.index("opener")  # no heading: what a paragraph or a connective sentence of a text without headings begins with
MIN_OUTLINE = 3  # headings that make an outline; a text of fewer is described by its openers
MAX_OPENERS = 24
MAX_OPENER_CHARS = 24

# 28 bytes a heading: words without names, their last characters, a 64-bit Bloom set of their character pairs, role,
# level, style, the raw words in 8 bits, and a sketch of the section below it: 8 slots of 8 bits, 0 where empty.
HEADING = np.dtype(
    [
        ("words", "<u4"),
        ("tail", "<u4"),
        ("bloom", "<u8"),
        ("role", "u1"),
        ("level", "u1"),
        ("style", "u1"),
        ("raw", "u1"),
        ("body", "<u8"),
    ]
)
SLOTTED = 0x80
# 9 bytes a clause: masked words, first and last characters of them; the unmasked words in 7 bits, and SLOTTED where a
# name or number was masked.
CLAUSE = np.dtype([("words", "<u4"), ("head", "<u2"), ("tail", "<u2"), ("raw", "u1")])

_BREAK = re.compile(r"(?<!\d)[,:.]|[,:.](?!\d)|[。;!?\n\r\t]| {2,}")
_ADDRESS = re.compile(r"https?://[\w./?=&%#~+:;@!*'-]+|!\[[^\]\n]{0,80}\]")
_SENTENCE = re.compile(r"[。!?\n]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_NOT_WORD = re.compile(r"[^\w#〔]+")
_NOT_WORD_NOR_END = re.compile(r"[^\w#〔\n]+")  # the same for many texts a line each
_CONTACT = re.compile(
    r"[a-z0-9._+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+"
    r"|(?<![\d.])1[3-9]\d{9}(?!\d)"
    r"|(?:qq|微信|wechat|vx)(?:号|群)?\s*[:：]?\s*([a-z0-9_-]{5,20})"
)


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """What travels of a document: hashes only, under 2 KiB.

    `headings` is HEADING[≤ 32] and `clauses` CLAUSE[≤ 96], both in the order of the text; of more clauses the
    ones with the smallest hashes stay, so that two long documents keep the same ones. All hashes are of folded text.
    """

    headings: NDArray[np.void]
    clauses: NDArray[np.void]
    title: int = 0  # masked title
    title_bloom: int = 0
    title_raw: int = 0
    entity: int = 0  # the names of the title; 0 where none was found
    n_clauses: int = 0
    contacts: tuple[int, ...] = ()  # mail, phone, QQ, WeChat of the notices
    notices: tuple[int, ...] = ()  # masked notice lines
    connectives: bytes = b""  # the connectives that open sentences, in order
    vocabulary: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(VOCABULARY, dtype=np.uint8))
    shape: bytes = b""  # paragraphs by length: up to 20, 40, 80, 160, 320, 640 characters, more

    @property
    def nbytes(self) -> int:
        """Bytes of content, as `pack` would write it."""
        return (
            self.headings.nbytes
            + self.clauses.nbytes
            + 4 * (len(self.contacts) + len(self.notices))
            + len(self.connectives)
            + len(self.shape)
            + self.vocabulary.nbytes
            + 32
        )


@dataclass(frozen=True, slots=True)
class Parts:
    """The folded pieces of a document that a template is made of."""

    title: str
    headings: tuple[Heading, ...]
    heading_texts: tuple[str, ...]
    body: tuple[str, ...]  # body lines
    notices: tuple[str, ...]
    terms: tuple[str, ...] = field(default=())  # names found in the title
    sections: tuple[str, ...] = field(default=())  # body lines under each heading


def parts_of(document: Document) -> Parts:
    """The folded pieces of `document`, with the names that its title and text share."""
    folded = fold_chars(document.source_text)
    headings = outline(document)
    body = tuple(folded[line.start : line.end] for line in document.lines if line.label == "body")
    titles = [folded[line.start : line.end] for line in document.lines if line.label == "title"]
    title = fold_chars(document.title or "") or (titles[0] if titles else "")
    title = title.strip().lstrip("#").strip()
    if not title and stands_above(headings):
        title, headings = folded[headings[0].start : headings[0].end], headings[1:]
    texts = tuple(folded[h.start : h.end] for h in headings)
    text = "\n".join((*texts, *body))
    terms = entity_terms(title, text) if title else coded_names(text)
    notices = tuple(folded[line.start : line.end] for line in document.lines if line.label == "disclaimer")
    return Parts(title, headings, texts, body, notices, terms, _sections(document, folded, headings))


def _sections(document: Document, folded: str, headings: Sequence[Heading]) -> tuple[str, ...]:
    """The body text between each heading and the next."""
    starts = [heading.start for heading in headings]
    lines: list[list[str]] = [[] for _ in headings]
    for line in document.lines:
        if line.label == "body" and (place := bisect_right(starts, line.start)):
            lines[place - 1].append(folded[line.start : line.end])
    return tuple(map("\n".join, lines))


def template_row(document: Document) -> TemplateRow:
    """The row of one document; the same text gives the same row whatever its script."""
    parts = parts_of(document)
    title = _words(mask(parts.title, parts.terms))
    clauses, total = _clauses(parts)
    headed = len(parts.headings) >= MIN_OUTLINE
    return TemplateRow(
        headings=_headings(parts) if headed else _openers(parts),
        clauses=clauses,
        title=_hash(title) if title else 0,
        title_bloom=_bloom(title),
        title_raw=_hash(parts.title) if parts.title else 0,
        entity=_hash("\n".join(sorted(parts.terms))) if parts.terms else 0,
        n_clauses=total,
        contacts=_contacts(parts.notices),
        notices=tuple(sorted({_hash(_words(mask(n))) for n in parts.notices if len(n) >= 12})[:6]),
        vocabulary=vocabulary(mask("\n".join(parts.body), parts.terms)),
        connectives=_connectives(parts.body),
        shape=_shape(parts.body),
    )


def split_clauses(text: str) -> list[str]:
    """The clauses of a folded text, cut at punctuation but not inside numbers; addresses of pages are left out.

    >>> split_clauses("涨1,234.5元,详见 https://example.com/a?b=1 的公告。")
    ['涨1,234.5元', '详见', '的公告']
    """
    if "://" in text or "![" in text:
        text = _ADDRESS.sub(lambda match: " " * len(match.group()), text)
    return [clause for clause in map(str.strip, _BREAK.split(text)) if clause]


def stands_above(headings: Sequence[Heading]) -> bool:
    """Whether the first heading is a title: the only one of its level, above all others."""
    return len(headings) > MIN_OUTLINE and all(heading.level > headings[0].level for heading in headings[1:])


def top_level(headings: Sequence[Heading]) -> int:
    """The highest level that more than one heading has: a title that was taken for a heading stands alone above it."""
    levels = Counter(heading.level for heading in headings)
    return min((level for level, n in levels.items() if n > 1), default=min(levels, default=1))


def _headings(parts: Parts) -> NDArray[np.void]:
    masked = mask("\n".join(parts.heading_texts), parts.terms).split("\n") if parts.heading_texts else []
    highest = top_level(parts.headings)
    bodies = section_sketches(_mask_each(parts.sections, parts.terms))
    rows = []
    for heading, text, raw, body in zip(parts.headings, masked, parts.heading_texts, bodies, strict=True):
        words = _words(text)
        style = STYLES.index(heading.style) if heading.style in STYLES else 0
        tail = _tail(words)
        rows.append(
            (
                _hash(words),
                _hash(tail) if len(tail) >= 2 else 0,
                _bloom(words),
                role_number(heading.role),
                min(max(1, heading.level - highest + 1), 255),
                style,
                _hash(_words(raw)) & 0xFF,
                body,
            )
        )
    # The upper levels carry the template: the deepest headings go first where there are too many.
    while len(rows) > MAX_HEADINGS:
        deepest = max(row[4] for row in rows)
        rows.pop(max(i for i, row in enumerate(rows) if row[4] == deepest))
    return np.array(rows, dtype=HEADING)


def _openers(parts: Parts) -> NDArray[np.void]:
    """The outline of a text without headings: the first clause of each paragraph and of each sentence with a connective.

    The role is that of the connective, the words are those that follow it. A connective that stands alone
    (`首先,从价格来看`) takes the next clause with it.
    """
    rows = []
    beginnings = list(_beginnings(parts.body))[:MAX_OPENERS]
    bodies = section_sketches(_mask_each([sentence for _, _, sentence in beginnings], parts.terms))
    for (connective, raw, _), body in zip(beginnings, bodies, strict=True):
        words = _words(mask(raw, parts.terms))[:MAX_OPENER_CHARS]
        if len(words) < MIN_CLAUSE_CHARS and not connective:
            continue
        tail = words.rpartition("〔")[2][-4:]
        role = connective_role(connective)
        rows.append(
            (
                _hash(f"{connective} {words}"),
                _hash(tail) if len(tail) == 4 else 0,
                _bloom(words),
                role,
                1,
                OPENER,
                _hash(_words(raw)) & 0xFF,
                body,
            )
        )
    return np.array(rows, dtype=HEADING)


def _beginnings(body: Sequence[str]) -> Iterator[tuple[int, str, str]]:
    """The connective of a sentence, 0 for none, the clause after it, and the sentence; without one, only of paragraphs."""
    for line in filter(_SENTENCE.search, body):  # a line without an end of a sentence is no paragraph
        for place, sentence in enumerate(filter(None, map(str.strip, _SENTENCE.split(line)))):
            connective, start = opening(sentence)
            if place and not connective:
                continue
            clauses = split_clauses(sentence[start:].lstrip(" ,:、")[:200])
            if clauses:
                yield connective, clauses[0], sentence


def _clauses(parts: Parts) -> tuple[NDArray[np.void], int]:
    """Clauses of the body, and how many there were before the cut to MAX_CLAUSES."""
    raw = [clause for line in parts.body for clause in split_clauses(line)]
    together = "\n".join(raw)
    masked = _NOT_WORD_NOR_END.sub("", mask(together, parts.terms)).split("\n")
    plain = _NOT_WORD_NOR_END.sub("", together).split("\n")
    rows = []
    for words, source in zip(masked, plain, strict=True):
        if len(words) < MIN_CLAUSE_CHARS:
            continue
        key = _hash(words)
        slotted = "#" in words or "〔" in words
        head = tail = 0
        if len(words) > EDGE_CHARS + 1:
            head, tail = _hash(words[:EDGE_CHARS]) & 0xFFFF, _hash(words[-EDGE_CHARS:]) & 0xFFFF
        rows.append((key, head, tail, (_hash(source) if source != words else key) & 0x7F | (SLOTTED if slotted else 0)))
    table = np.array(rows, dtype=CLAUSE)
    if len(table) > MAX_CLAUSES:
        rank = table["words"] * np.uint32(0x9E3779B1)
        table = table[np.sort(np.argsort(rank, kind="stable")[:MAX_CLAUSES])]
    return table, len(rows)


def vocabulary(masked: str) -> NDArray[np.uint8]:
    """One-permutation MinHash of the pairs of Han characters, 8 bits a slot, 0 where a slot is empty.

    Two texts agree in about as many slots as the Jaccard similarity of their pairs says, and in 1 of 255 by chance.
    """
    keys, _ = _pair_keys(masked)
    least = np.full(VOCABULARY, 0xFFFFFFFF, dtype=np.uint32)
    np.minimum.at(least, keys >> np.uint32(25), keys & np.uint32(0x1FFFFFF))
    return _short(least)


def section_sketches(masked: Sequence[str]) -> list[int]:
    """The same of each of many sections, 8 slots in the bytes of one number."""
    keys, places = _pair_keys("\n".join(masked))
    ends = np.cumsum([len(text.encode("utf-16-le", "surrogatepass")) // 2 + 1 for text in masked])
    least = np.full((len(masked), SECTION_SLOTS), 0xFFFFFFFF, dtype=np.uint32)
    np.minimum.at(least, (np.searchsorted(ends, places, side="right"), keys >> np.uint32(29)), keys & np.uint32(0x1FFFFFFF))
    return _short(least).view("<u8").ravel().tolist()


def _pair_keys(masked: str) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Mixed pairs of Han characters, and where each stands in UTF-16 units."""
    codes = np.frombuffer(masked.encode("utf-16-le", "surrogatepass"), dtype="<u2").astype(np.uint32)
    han = (codes >= 0x3400) & (codes <= 0x9FFF)
    places = np.flatnonzero(han[:-1] & han[1:])
    keys = (codes[places] << np.uint32(16)) | codes[places + 1]
    keys ^= keys >> np.uint32(15)
    keys *= np.uint32(0x2C1B3C6D)
    keys ^= keys >> np.uint32(12)
    keys *= np.uint32(0x297A2D39)
    keys ^= keys >> np.uint32(15)
    return keys, places


def _short(least: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """Least values of slots in 8 bits, 0 for an empty slot."""
    spread = (least * np.uint32(0x9E3779B1)) >> np.uint32(8)
    return np.where(least == 0xFFFFFFFF, 0, spread % np.uint32(255) + np.uint32(1)).astype(np.uint8)


def _tail(words: str) -> str:
    """What a heading says of its name: the last characters after it, or those before it (`如何避免〔`)."""
    before, _, after = words.rpartition("〔")
    tail = (after.removeprefix("的") or before.rpartition("〔")[2])[-TAIL_CHARS:]
    return tail if _HAN.search(tail) else ""  # the end of a Latin word or an address says nothing


def _mask_each(texts: Sequence[str], terms: Sequence[str]) -> list[str]:
    """`mask` of each text, in one call: no name or number reaches over a zero character."""
    masked = mask("\0".join(texts), terms).split("\0") if texts else []
    return masked if len(masked) == len(texts) else [mask(text, terms) for text in texts]


def _words(text: str) -> str:
    return _NOT_WORD.sub("", text)


def _hash(text: str) -> int:
    return crc32(text.encode("utf-8", "surrogatepass"))


def _bloom(words: str) -> int:
    """64-bit set of the character pairs of a short masked text, names left out."""
    bits = 0
    for piece in words.replace("#", "〔").split("〔"):
        for i in range(len(piece) - 1):
            bits |= 1 << (crc32(piece[i : i + 2].encode("utf-8", "surrogatepass")) >> 26)
    return bits


def contact_strings(notices: Sequence[str]) -> frozenset[str]:
    """Mail addresses, mobile numbers, QQ and WeChat accounts in folded notices."""
    return frozenset(m.group(1) or m.group(0) for text in notices for m in _CONTACT.finditer(text))


def _contacts(notices: Sequence[str]) -> tuple[int, ...]:
    return tuple(sorted(map(_hash, contact_strings(notices)))[:8])


def _connectives(body: Sequence[str]) -> bytes:
    sentences = (s.strip() for line in body for s in _SENTENCE.split(line))
    return bytes(n for s in sentences if s and (n := connective_of(s)))[:32]


def _shape(body: Sequence[str]) -> bytes:
    sizes = np.array([len(line) for line in body if line.strip()], dtype=np.int64)
    counts = np.bincount(np.searchsorted([20, 40, 80, 160, 320, 640], sizes), minlength=7)
    return bytes(np.minimum(counts, 255).astype(np.uint8))
