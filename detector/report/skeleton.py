"""The skeleton of a template to lines of words and slots, and its slots to their values with counts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from detector.report.best import Shown
from detector.report.visible import clip, clip_middle

SLOT = re.compile(r"〔([^〔〕]{1,12})〕")
# How a skeleton marks a line that not every member has, its title, and each level of depth.
OPTIONAL = "? "
TITLE = "# "
INDENT = "  "

_LINES = 150
_LINE_CHARS = 400
_SLOTS = 40
_SLOT_VALUES = 12
_VALUE_CHARS = 60
_DEPTHS = 4
_COLOURS = 8  # hues of the style sheet


@dataclass(frozen=True, slots=True)
class Part:
    """Fixed words, or a slot by its name; `colour` is 0 for words and 1 to 8 for slots."""

    text: str
    colour: int


@dataclass(frozen=True, slots=True)
class SkeletonLine:
    """A line in parts; `depth` is how far it is indented, 0 to 4."""

    parts: tuple[Part, ...]
    optional: bool
    title: bool
    depth: int


@dataclass(frozen=True, slots=True)
class SlotView:
    """A slot with its most frequent values; `rest` counts the values that are not shown."""

    name: str
    colour: int
    values: tuple[tuple[tuple[Part, ...], int], ...]  # a value may hold another slot
    rest: int


def parts_of(line: str) -> tuple[Part, ...]:
    """Split a skeleton line at its slots.

    >>> [part.text for part in parts_of("〔1〕逾期怎么办")]
    ['〔1〕', '逾期怎么办']
    """
    parts, place = [], 0
    for match in SLOT.finditer(line):
        if match.start() > place:
            parts.append(Part(line[place : match.start()], 0))
        parts.append(Part(match.group(), colour_of(match.group(1))))
        place = match.end()
    if place < len(line):
        parts.append(Part(line[place:], 0))
    return tuple(parts)


def colour_of(name: str) -> int:
    """The hue of a slot, the same wherever it stands."""
    number = int(name) if name.isascii() and name.isdigit() else sum(map(ord, name))
    return (number - 1) % _COLOURS + 1


def skeleton_lines(lines: Sequence[Any], file: str) -> Shown[SkeletonLine]:
    return Shown(tuple(_line(str(line)) for line in lines[:_LINES]), len(lines), file)


def _line(line: str) -> SkeletonLine:
    text = line.removeprefix(OPTIONAL)
    words = text.lstrip(" ")
    title = words.startswith(TITLE)
    depth = min((len(text) - len(words)) // len(INDENT), _DEPTHS)
    return SkeletonLine(parts_of(clip(words.removeprefix(TITLE), _LINE_CHARS)), text != line, title, depth)


def slot_views(slots: Sequence[Any], file: str) -> Shown[SlotView]:
    """Slots as `{"name", "values": [[value, count], ...]}`, most frequent value first."""
    return Shown(tuple(_slot(slot) for slot in slots[:_SLOTS]), len(slots), file)


def _slot(slot: Any) -> SlotView:
    name, values = str(slot["name"]), slot["values"]
    shown = tuple((parts_of(clip_middle(str(value), _VALUE_CHARS)), int(count)) for value, count in values[:_SLOT_VALUES])
    return SlotView(name, colour_of(name), shown, len(values) - len(shown))
