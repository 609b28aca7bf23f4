"""Turns the lines of a document that are labelled heading into its outline: level, numbering style, words and role."""

from __future__ import annotations

from detector.page.numbering import parse_numbering
from detector.template.roles import role_of
from detector.text.fold import fold_chars
from detector.types import Document, Heading, Line

MAX_HEADING_CHARS = 60  # a longer line that was labelled heading is a sentence, not an entry of an outline
_MARKS = "#*_ \t\u3000>=-"


def outline(document: Document) -> tuple[Heading, ...]:
    """The headings of `document` in order; its title is not one of them. Levels are those of the lines, at least 1."""
    return tuple(
        heading for line in document.lines if line.label == "heading" and (heading := _heading(document, line)) is not None
    )


def _heading(document: Document, line: Line) -> Heading | None:
    text = document.line_text(line)
    numbering = parse_numbering(text)
    start, end = (numbering.end if numbering else 0), len(text)
    while start < end and text[start] in _MARKS:
        start += 1
    while end > start and text[end - 1] in _MARKS:
        end -= 1
    words = text[start:end]
    if not words or len(words) > MAX_HEADING_CHARS:
        return None
    return Heading(
        start=line.start + start,
        end=line.start + end,
        level=max(1, line.level),
        style=_style(document, text, numbering.style if numbering else None),
        text=words,
        role=role_of(fold_chars(words)),
    )


def _style(document: Document, text: str, numbering: str | None) -> str:
    if numbering is not None:
        return numbering
    if text.lstrip().startswith("#"):
        return "markdown"
    return "html" if document.media == "html" else "bare"
