"""Turns a page into the elements that its readers never see, and takes their content out of a tree."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, cast

from lxml import etree

from detector.page.hidden import (
    FOR_GOOD,
    TOGGLED,
    Colour,
    colour_of,
    declarations,
    ground_of,
    hidden_by,
    may_hide,
    same_colour,
)
from detector.page.stylesheet import Elements, Facts, Names, hidden_by_sheets, telling_blocks

# Of the root and below it: libxml2 hangs what follows the end of a page beside its root.
_FLAGGED = etree.XPath("descendant-or-self::*[@hidden or @aria-hidden='true']")
_STYLED = etree.XPath("descendant-or-self::*[@style]")
_FONTS = etree.XPath("descendant-or-self::font[@color]")
_GROUNDS = etree.XPath("descendant-or-self::*/@bgcolor", smart_strings=False)
_PROSE = re.compile(r"[，。、；,;.!?！？]")
NO_TEXT = ("script", "style", "link", "meta", "svg")  # their words are read by nobody, hidden or not
CLOSED = ("noscript", "template", "details", "dialog")  # shown by a script or a click, if at all
TRANSPARENT = ("html", "head", "body")
WHITE = (255, 255, 255)
MAX_PIECES = 200
# Hidden elements within hidden ones are read again with each of them, until so many times the page has been read.
REREAD, SMALL_PAGE = 8, 100_000


class Page(Elements, Protocol):
    """The elements of a page, those of an lxml tree or the rows of a scan."""

    def get(self, element: Any, name: str, /) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Marks:
    """What of a page can take elements out of sight, in document order."""

    sheets: Sequence[str]
    flagged: Sequence[Any]  # `hidden` or `aria-hidden`
    styles: Sequence[str]  # the distinct inline styles
    styled: Callable[[int], Sequence[Any]]  # the elements with one of them
    fonts: Mapping[str, Sequence[Any]]  # by their colours
    grounds: Callable[[], set[str]]  # what `bgcolor` says
    plain: bool  # no style sheet of another file can colour the ground
    page: Page


def hidden_elements(marks: Marks) -> dict[Any, str]:
    """The elements that are out of sight, with TOGGLED where a script could show them, else FOR_GOOD."""
    found: dict[Any, str] = dict.fromkeys(marks.flagged, TOGGLED)
    for number, style in enumerate(marks.styles):
        how = hidden_by(declarations(style)) if may_hide(style) else None
        for element in marks.styled(number) if how else ():
            found.setdefault(element, cast(str, how))
    grounds = _Grounds(marks)
    for colour, elements in grounds.suspects:
        for element in elements:
            if element not in found and same_colour(colour, grounds.under(element)):
                found[element] = FOR_GOOD
    for element, how in hidden_by_sheets(marks.sheets, marks.page) if marks.sheets else ():
        found.setdefault(element, how)
    return found


def conceal(root: Any, html: str, *, for_good_only: bool = False) -> tuple[list[str], int]:
    """Empty the hidden elements of a tree made from `html`.

    Returns their texts, and how much prose (in punctuation marks) a script could bring back into sight.
    With `for_good_only` what a script could show (`display:none` and the like) is taken as shown.
    """
    texts: list[str] = []
    waiting = 0
    budget = REREAD * len(html) + SMALL_PAGE
    for element, how in hidden_elements(_marks(root)).items():
        if element.tag in TRANSPARENT or (for_good_only and how == TOGGLED) or (budget < 0 and _is_apart(element, root)):
            continue
        text = _emptied(element, texts, len(html))
        budget -= len(text)
        if how == TOGGLED:
            waiting += len(_PROSE.findall(text))
    for element in list(root.iter(*CLOSED)):
        if budget < 0 and _is_apart(element, root):
            continue
        if element.get("open") is None and not (for_good_only and element.tag == "noscript"):
            text = _emptied(element, texts, len(html))
            budget -= len(text)
            if element.tag == "noscript":
                waiting += len(_PROSE.findall(text))
    return texts, waiting


def _is_apart(element: Any, root: Any) -> bool:
    """Whether an element hangs below one that has been emptied."""
    top = element
    while (above := top.getparent()) is not None:
        top = above
    return top is not root


def _emptied(element: Any, texts: list[str], room: int) -> str:
    """Take the content out of an element, its place and what follows it stay; a closed `details` shows its summary."""
    text = " ".join(" ".join(element.itertext()).split())
    if not text:
        return ""
    if len(texts) < MAX_PIECES and sum(map(len, texts)) + len(text) <= room:
        texts.append(text)
    summary = element.find("summary") if element.tag == "details" else None
    shown = " ".join("".join(summary.itertext()).split()) if summary is not None else None
    element.clear(keep_tail=True)
    element.text = shown
    return text


def _marks(root: Any) -> Marks:
    """The marks of an lxml tree, from which the elements that nobody reads are taken."""
    sheets = [style.text or "" for style in root.iter("style")]
    plain = not any("stylesheet" in (link.get("rel") or "") for link in root.iter("link"))
    etree.strip_elements(root, *NO_TEXT, with_tail=False)
    styled: dict[str, list[Any]] = {}
    for element in cast(list[Any], _STYLED(root)):
        styled.setdefault(element.get("style"), []).append(element)
    fonts: dict[str, list[Any]] = {}
    for element in cast(list[Any], _FONTS(root)):
        fonts.setdefault(element.get("color"), []).append(element)
    styles = list(styled)
    return Marks(
        sheets, cast(list[Any], _FLAGGED(root)), styles, lambda number: styled[styles[number]], fonts,
        lambda: set(cast(list[str], _GROUNDS(root))), plain, _Tree(root),
    )  # fmt: skip


class _Tree:
    """The elements of an lxml tree."""

    def __init__(self, root: Any) -> None:
        self.root = root

    def get(self, element: Any, name: str) -> str | None:
        return cast(str | None, element.get(name))

    def key(self, element: Any) -> tuple[str, str | None, str | None]:
        return element.tag, element.get("class"), element.get("id")

    def facts(self, element: Any) -> Facts:
        return Facts(element.tag, frozenset((element.get("class") or "").split()), element.get("id") or None)

    def parent(self, element: Any) -> Any:
        return element.getparent()

    def named(self) -> tuple[Sequence[Names], Callable[[int], Sequence[Any]]]:
        members: dict[Names, list[Any]] = {}
        for element in self.root.iter(etree.Element):
            names = (element.get("class") or "", element.get("id") or "")
            if any(names):
                members.setdefault(names, []).append(element)
        groups = list(members)
        return groups, lambda number: members[groups[number]]

    def telling_blocks(self, sheet: str) -> Iterator[tuple[str, str]]:
        return telling_blocks(sheet)

    def of_tags(self, tags: Sequence[str]) -> Iterator[Any]:
        return cast(Iterator[Any], self.root.iter(*tags))


class _Grounds:
    """What colours a page gives its text and its grounds; `suspects` are elements whose text could sink into a ground."""

    def __init__(self, marks: Marks) -> None:
        self.plain = marks.plain
        self.page = marks.page
        self.read = {style: declarations(style) for style in marks.styles if "color" in style or "background" in style}
        texts: list[tuple[Colour | None, Callable[[], Sequence[Any]]]] = [
            (colour_of(self.read[style].get("color", "")), partial(marks.styled, number))
            for number, style in enumerate(marks.styles)
            if style in self.read
        ]
        texts += [(colour_of(value), partial(list, elements)) for value, elements in marks.fonts.items()]
        known = [(colour, elements) for colour, elements in texts if colour is not None]
        declared = {colour_of(value) for value in marks.grounds()} if known else set()
        grounds = {WHITE, *declared, *map(ground_of, self.read.values())} - {None}
        self.suspects = [(colour, get()) for colour, get in known if any(same_colour(colour, ground) for ground in grounds)]

    def under(self, element: Any) -> Colour | None:
        """The nearest background declared around an element, white where none can be declared elsewhere."""
        plain, get = self.plain, self.page.get
        while element is not None:
            props = self.read.get(get(element, "style") or "", {})
            if "url(" in props.get("background", "") or "background-image" in props or get(element, "background"):
                return None
            ground = ground_of(props) or colour_of(get(element, "bgcolor") or "")
            if ground is not None:
                return ground
            if plain and (get(element, "class") or get(element, "id")):
                plain = False  # a rule may colour it
            element = self.page.parent(element)
        return WHITE if plain else None
