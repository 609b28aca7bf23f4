"""Turns the members of a family into its skeleton in order, the slots in it, and what each member puts in them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from detector.template.features import Parts, contact_strings, parts_of, split_clauses, top_level
from detector.template.masking import mask
from detector.template.pattern import SLOT, frame_of
from detector.template.skeleton import REQUIRED_SHARE, Column, Unit, commonest, frequent, lay, supported
from detector.text.fold import fold_chars
from detector.types import Document, Family, Slot

MAX_SAMPLE: Final = 40  # members that the skeleton is made from; all members are measured against it
MAX_NAMES: Final = 3  # names of a title that become slots
MAX_VALUES: Final = 50
MAX_SLOTS: Final = 60
MAX_CLAUSES: Final = 200
LITERAL_SHARE: Final = 0.6  # a name that so many members share is part of the frame and no slot
MIN_STOCK_CHARS: Final = 10
_SENTENCE = re.compile(r"[^。！？!?\n]+[。！？!?]?")
_NOT_WORD = re.compile(r"[^\w#〔]+")


@dataclass(frozen=True, slots=True)
class Member:
    """A document of the family with its folded parts and the names that fill its slots, slot 1 first."""

    document: Document
    parts: Parts
    names: tuple[str, ...]


def induce(
    family_id: str,
    member_ids: Sequence[str],
    documents: Mapping[str, Document] | Callable[[str], Document],
) -> Family:
    """Skeleton, slots and coverage of a family; `documents` is asked once for each member, in the order of the ids."""
    ids = sorted(member_ids)
    look = documents.__getitem__ if isinstance(documents, Mapping) else documents
    docs = [look(name) for name in ids]
    parts = [parts_of(document) for document in docs]
    everyone = [Member(d, p, n) for d, p, n in zip(docs, parts, _names(parts), strict=True)]
    members = [everyone[i] for i in _spread(len(ids))]
    headed = sum(len(p.headings) >= 3 for p in parts) * 2 > len(parts)
    units = [_units(member, headed) for member in members]
    columns = supported(lay(units), len(members)) if headed else frequent(units)
    values: dict[str, Counter[str]] = {}
    for member in members:
        for k, name in enumerate(member.names):
            if name:
                values.setdefault(str(k + 1), Counter())[_original(member, name)] += 1
    skeleton = _title_lines(members, values)
    skeleton += _lines(columns, len(members), values)
    return Family(
        id=family_id,
        members=tuple(ids),
        hosts=tuple(sorted({d.host for d in docs if d.host})),
        skeleton=tuple(skeleton),
        slots=tuple(_slot(name, counts) for name, counts in values.items()),
        coverage=_coverage(everyone, columns, headed),
        shared=_shared(docs, parts, members),
    )


def _spread(n: int) -> list[int]:
    """At most MAX_SAMPLE places, evenly over n."""
    if n <= MAX_SAMPLE:
        return list(range(n))
    return sorted({i * n // MAX_SAMPLE for i in range(MAX_SAMPLE)})


def _names(parts: Sequence[Parts]) -> list[tuple[str, ...]]:
    """For each member the names of its slots: the most distinctive of its title's names first.

    Where the titles have a frame of their own, what they put in it are the names. Else they are the terms that title
    and text share; one that nearly all titles hold is part of the frame and no slot.
    """
    framed = _title_names(parts)
    if framed:
        return framed
    held = Counter(term for p in parts for term in set(p.terms))
    wide = Counter({term: sum(term in p.title for p in parts) for term in held})
    rows = []
    for p in parts:
        terms = [t for t in p.terms if held[t] < LITERAL_SHARE * len(parts) or len(parts) == 1]
        place = {term: i for i, term in enumerate(p.terms)}
        rows.append(tuple(sorted(terms, key=lambda t: (wide[t], place[t]))[:MAX_NAMES]))
    return rows


def _title_names(parts: Sequence[Parts]) -> list[tuple[str, ...]]:
    """What each title puts in the slots of the frame of all; nothing where that has several and fixes less than half."""
    titles = [p.title for p in parts]
    if len(titles) < 2 or not all(titles):
        return []
    frame = frame_of(titles)
    slots = frame.tokens.count(SLOT)
    if not slots or frame.literals < 2 or (slots > 1 and 2 * frame.literals < median(map(len, titles))):
        return []
    columns = list(dict.fromkeys(zip(*frame.values, strict=True)))[:MAX_NAMES]  # a name that the frame says twice is one slot
    return [tuple(value if len(value) > 1 else "" for value in values) for values in zip(*columns, strict=True)]


def _units(member: Member, headed: bool) -> list[Unit]:
    document, parts = member.document, member.parts
    if headed:
        highest = top_level(parts.headings)
        texts = [
            (h.text, folded, h.role, max(1, h.level - highest + 1))
            for h, folded in zip(parts.headings, parts.heading_texts, strict=True)
        ]
    else:
        lines = [document.line_text(line) for line in document.lines if line.label == "body"]
        texts = [(c, fold_chars(c), "other", 0) for line in lines for c in _clauses(line)][:MAX_CLAUSES]
    masked = mask("\n".join(folded for _, folded, _, _ in texts), (*member.names, *parts.terms)).split("\n") if texts else []
    return [
        Unit(_NOT_WORD.sub("", key), _show(text, folded, member.names), role, level)
        for key, (text, folded, role, level) in zip(masked, texts, strict=True)
    ]


def _clauses(line: str) -> list[str]:
    """Clauses of an original line: the cut of the folded line, which is as long."""
    folded, at, found = fold_chars(line), 0, []
    for clause in split_clauses(folded):
        start = folded.index(clause, at)
        at = start + len(clause)
        found.append(line[start:at])
    return found


def _show(text: str, folded: str, names: Sequence[str]) -> str:
    """The original words with the member's names as 〔1〕, 〔2〕 …"""
    ordered = sorted(((name, k) for k, name in enumerate(names) if name), key=lambda pair: -len(pair[0]))
    if not ordered:
        return text
    found = re.compile("|".join(re.escape(name) for name, _ in ordered))
    number = {name: k + 1 for name, k in ordered}
    pieces, at = [], 0
    for match in found.finditer(folded):
        pieces += [text[at : match.start()], f"〔{number[match.group()]}〕"]
        at = match.end()
    return "".join((*pieces, text[at:]))


def _original(member: Member, name: str) -> str:
    """A folded name as the member writes it, most often."""
    document = member.document
    folded = fold_chars(document.source_text)
    seen: Counter[str] = Counter()
    at = folded.find(name)
    while at >= 0 and seen.total() < 50:
        seen[document.source_text[at : at + len(name)]] += 1
        at = folded.find(name, at + len(name))
    return commonest(list(seen.elements())) if seen else name


def _title_lines(members: Sequence[Member], values: dict[str, Counter[str]]) -> list[str]:
    titles = [_show(_title(m), m.parts.title, m.names) for m in members if m.parts.title]
    if len(titles) < 2:
        return []
    line = _framed(titles, values)
    return [f"# {line}"] if line else []


def _title(member: Member) -> str:
    """The title as written, cut to the folded one."""
    document = member.document
    written = document.title or next((document.line_text(x) for x in document.lines if x.label == "title"), "")
    return written.strip().lstrip("#").strip()


def _lines(columns: Sequence[Column], n: int, values: dict[str, Counter[str]]) -> list[str]:
    lines = []
    for column in columns:
        shown = [unit.shown for unit in column.units.values()]
        levels = [unit.level for unit in column.units.values()]
        line = _framed(shown, values, 2 / 3 if levels[0] else 1 / 3)
        if line:
            optional = "" if len(column.units) >= REQUIRED_SHARE * n else "? "
            lines.append(optional + "  " * max(0, min(levels) - 1) + line)
    return lines


def _framed(shown: Sequence[str], values: dict[str, Counter[str]], share: float = 1 / 3) -> str:
    """One line for texts of one place: their frame where they have one, else the commonest text.

    A frame must be fixed to `share` of the longest text. New slots get the next numbers and their values are added to `values`.
    """
    frame = frame_of(shown)
    longest = max(len(text) for text in shown)
    nested = any("〔" in value for values_of in frame.values for value in values_of)
    if not frame.literals or nested or (SLOT in frame.tokens and frame.literals < share * longest):
        return commonest(shown)
    line: list[str] = []
    k = 0
    for token in frame.tokens:
        if token != SLOT:
            line.append(token)
            continue
        found = Counter(value[k] for value in frame.values if value[k])
        k += 1
        if len(values) >= MAX_SLOTS:
            line.append("…")
            continue
        name = str(max((int(n) for n in values), default=0) + 1)
        values[name] = found
        line.append(f"〔{name}〕")
    return "".join(line)


def _slot(name: str, counts: Counter[str]) -> Slot:
    """A slot with its values; forms that fold to one, such as a name in both scripts, are one value in its commonest form."""
    forms: dict[str, Counter[str]] = {}
    for value, n in counts.items():
        forms.setdefault(fold_chars(value), Counter())[value] += n
    values = [(min(seen, key=lambda form: (-seen[form], form)), seen.total()) for seen in forms.values()]
    return Slot(name, tuple(sorted(values, key=lambda item: (-item[1], item[0]))[:MAX_VALUES]))


def _coverage(members: Sequence[Member], columns: Sequence[Column], headed: bool) -> dict[str, float]:
    """Share of the columns that each member holds, in any order."""
    keys = [{unit.key for unit in column.units.values()} for column in columns]
    held = [{(unit.role, unit.level) for unit in column.units.values() if unit.role != "other"} for column in columns]
    coverage = {}
    for member in members:
        units = _units(member, headed)
        mine = {unit.key for unit in units}
        sorts = {(unit.role, unit.level) for unit in units}
        matched = sum(bool(k & mine) or bool(s & sorts) for k, s in zip(keys, held, strict=True))
        coverage[member.document.id] = round(matched / len(columns), 4) if columns else 0.0
    return coverage


def _shared(docs: Sequence[Document], parts: Sequence[Parts], members: Sequence[Member]) -> dict[str, Any]:
    contacts = Counter(c for p in parts for c in contact_strings(p.notices))
    dates = sorted(d.published for d in docs if d.published)
    shared: dict[str, Any] = {"sentences": _stock(members)}
    shared["contacts"] = [[c, n] for c, n in sorted(contacts.items(), key=lambda x: (-x[1], x[0])) if n > 1]
    if dates:
        shared["dates"] = [dates[0], dates[-1]]
    return {key: value for key, value in shared.items() if value}


def _stock(members: Sequence[Member]) -> list[list[Any]]:
    """Sentences and clauses that several members hold to the letter once names are masked: [shown, members]."""
    seen: dict[str, Counter[str]] = {}
    for member in members:
        lines = [member.document.line_text(x) for x in member.document.lines if x.label == "body"]
        mine: dict[str, str] = {}
        for line in lines:
            for text in _clauses(line):
                shown = _show(text, fold_chars(text), member.names)
                mine.setdefault(_NOT_WORD.sub("", mask(fold_chars(text), (*member.names, *member.parts.terms))), shown)
        for key, shown in mine.items():
            if len(key) >= MIN_STOCK_CHARS:
                seen.setdefault(key, Counter())[shown] += 1
    least = max(2, 0.2 * len(members))
    kept = [(commonest(list(c.elements())), c.total()) for c in seen.values() if c.total() >= least]
    return [list(item) for item in sorted(kept, key=lambda item: (-item[1], item[0]))[:30]]
