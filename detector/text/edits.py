"""Turns edits of a text into the text that they make and the repairs that prove each step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from detector.types import Repair


@dataclass(frozen=True, slots=True)
class Edit:
    """`before` at code point `start` of a text is to become `after`; the edits of one list do not overlap."""

    start: int
    before: str
    after: str


def apply_edits(text: str, kind: str, edits: Sequence[Edit]) -> tuple[str, list[Repair]]:
    """The text with all `edits` (in order of `start`) made, and a Repair for each.

    The start and line of a repair count in the text that the repairs before it have made, so that repairs can be
    replayed one by one. Linear in the length of the text.
    """
    pieces: list[str] = []
    repairs: list[Repair] = []
    done = shift = 0
    line = 1
    for edit in edits:
        gap = text[done : edit.start]
        line += gap.count("\n")
        repairs.append(Repair(kind, line, edit.before, edit.after, edit.start + shift))
        pieces += (gap, edit.after)
        done = edit.start + len(edit.before)
        line += edit.after.count("\n")
        shift += len(edit.after) - len(edit.before)
    pieces.append(text[done:])
    return "".join(pieces), repairs


def replay(text: str, repairs: Iterable[Repair]) -> str:
    """`text` with `repairs` made in their order: `replay(t, repair(t).repairs) == repair(t).text`.

    Raises ValueError where the text at a repair is not what the repair changed.
    """
    pieces: list[str] = []
    rest, offset = text, 0  # `rest[cursor:]` starts at code point `offset` of the text so far
    cursor = 0
    for repair in repairs:
        if repair.start < offset:  # an earlier place again: the next fix has begun
            rest, cursor, offset = "".join(pieces) + rest[cursor:], 0, 0
            pieces = []
        at = cursor + repair.start - offset
        if not rest.startswith(repair.before, at):
            found = rest[at : at + len(repair.before)]
            raise ValueError(f"{repair.kind} at {repair.start}: expected {repair.before!r}, found {found!r}")
        pieces += (rest[cursor:at], repair.after)
        cursor = at + len(repair.before)
        offset = repair.start + len(repair.after)
    return "".join(pieces) + rest[cursor:]
