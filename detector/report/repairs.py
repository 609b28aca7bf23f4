"""The repairs of all documents to counts by kind, and examples that show what changed and where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from detector.report.best import Best
from detector.report.excerpt import Excerpt, excerpt
from detector.report.visible import clip_middle, one_line

_EXAMPLES = 8
_CANDIDATES = 40  # among which the same repair may stand many times
_CHARS = 120
_SHORT = 24  # characters up to which a repair needs its line to be understood
_LINE_CHARS = 60
_CODES = 4
_DISGUISES = frozenset({"homoglyph", "radical"})  # what went looks like what came


@dataclass(frozen=True, slots=True)
class RepairView:
    """One repair; `line` is what stands there now, `codes` name the characters that look like the right ones."""

    document: str
    number: int
    before: str
    after: str
    line: Excerpt | None
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RepairKind:
    kind: str
    count: int
    examples: tuple[RepairView, ...]

    @property
    def in_lines(self) -> bool:
        return any(view.line for view in self.examples)


@dataclass(slots=True)
class RepairTally:
    """What the documents' `repairs` hold, of a size that doesn't grow with the run."""

    documents: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    examples: dict[str, Best[RepairView]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return self.kinds.total()

    def take(self, repairs: Any, title: str, name: str, text: str) -> None:
        """Count the repairs of one document; `text` is the repaired one."""
        made = [repair for repair in repairs or () if isinstance(repair, Mapping)] if not isinstance(repairs, int) else []
        self.documents += bool(made)
        for place, repair in enumerate(made):
            kind = str(repair.get("kind"))
            self.kinds[kind] += 1
            best = self.examples.setdefault(kind, Best(_CANDIDATES))
            # The first of each document before the second of any: one badly damaged page must not fill the list.
            best.offer((place, name), partial(_view, repair, title, text))

    def views(self) -> tuple[RepairKind, ...]:
        """The commonest kind first, each with different examples."""
        ordered = sorted(self.kinds.items(), key=lambda item: (-item[1], item[0]))
        return tuple(RepairKind(kind, count, _different(self.examples[kind].items())) for kind, count in ordered)


def _different(views: tuple[RepairView, ...]) -> tuple[RepairView, ...]:
    first: dict[tuple[str, str], RepairView] = {}
    for view in views:
        first.setdefault((view.before, view.after), view)
    return tuple(first.values())[:_EXAMPLES]


def _view(repair: Mapping[str, Any], title: str, text: str) -> RepairView:
    before, after = str(repair.get("before") or ""), str(repair.get("after") or "")
    number = int(repair.get("line") or 0)
    return RepairView(
        document=title,
        number=number,
        before=one_line(clip_middle(before, _CHARS)),
        after=one_line(clip_middle(after, _CHARS)),
        line=_line(text, number, after) if len(after) <= _SHORT else None,
        codes=_codes(before, after) if repair.get("kind") in _DISGUISES else (),
    )


def _line(text: str, number: int, after: str) -> Excerpt | None:
    """Line `number` of the text with the repaired words marked; its beginning where they can't be told apart."""
    line = _nth_line(text, number)
    if not line.strip():
        return None
    start = line.find(after) if after and line.count(after) == 1 else -1
    if start < 0:
        head = line.strip()
        return Excerpt(one_line(head[:_LINE_CHARS]), "", "…" if len(head) > _LINE_CHARS else "")
    return excerpt(line, start, start + len(after))


def _nth_line(text: str, number: int) -> str:
    start = 0
    for _ in range(number - 1):
        start = text.find("\n", start) + 1
        if not start:
            return ""
    end = text.find("\n", start)
    return text[start : end if end >= 0 else len(text)]


def _codes(before: str, after: str) -> tuple[str, ...]:
    """Code points of what went, where it is so little that it was a disguise: one can't see that С isn't C."""
    gone = sorted(set(before) - set(after))
    if not after or len(before) != len(after) or len(gone) > _CODES:
        return ()
    return tuple(f"{character} is U+{ord(character):04X}" for character in gone if character.isalpha())
