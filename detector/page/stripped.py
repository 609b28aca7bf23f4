"""Turns labelled lines into the text that is kept."""

from __future__ import annotations

from collections.abc import Sequence

from detector.types import BODY_LABELS, Line


def strip(source_text: str, lines: Sequence[Line]) -> str:
    """The lines with body labels, in order. Where nothing was taken out between two of them the gap stays as it was.

    Elsewhere it becomes a blank line if it held one, else a line feed. A text with nothing to strip comes back as it is.
    """
    if all(line.label in BODY_LABELS for line in lines):
        return source_text if lines else ""
    pieces: list[str] = []
    last = -1  # index of the last kept line
    for index, line in enumerate(lines):
        if line.label not in BODY_LABELS:
            continue
        if last >= 0:
            gap = source_text[lines[last].end : line.start]
            if last != index - 1:
                between = [
                    source_text[a.end : b.start] for a, b in zip(lines[last:index], lines[last + 1 : index + 1], strict=True)
                ]
                gap = "\n\n" if any(part.count("\n") > 1 for part in between) else "\n"
            pieces.append(gap)
        pieces.append(source_text[line.start : line.end])
        last = index
    return "".join(pieces)
