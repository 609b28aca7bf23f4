"""Empties the elements of a tree that readers never see, and hands on what stood in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from lxml import etree

from detector.page.hidden import (
    FOR_GOOD,
    TOGGLED,
    Colour,
    StyleRules,
    colour_of,
    declarations,
    ground_of,
    hidden_by,
    hidden_by_rules,
    may_hide,
    reachable,
    same_colour,
    style_rules,
)  # fmt: skip

_FLAGGED = etree.XPath("//*[@hidden or @aria-hidden='true']")
_STYLED = etree.XPath("//*[@style]")
_FONTS = etree.XPath("//font[@color]")
_GROUNDS = etree.XPath("//@bgcolor", smart_strings=False)
_PROSE = re.compile(r"[，。、；,;.!?！？]")
_NO_TEXT = ("script", "style", "link", "meta", "svg")  # their words are read by nobody, hidden or not
_NAMELESS = (None, None)
_TRANSPARENT = ("html", "head", "body")
WHITE = (255, 255, 255)
MAX_PIECES = 200


def conceal(root: Any, html: str, *, for_good_only: bool = False) -> tuple[list[str], int]:
    """Empty the hidden elements of a tree made from `html`.

    Returns their texts, and how much prose (in punctuation marks) a script could bring back into sight.
    With `for_good_only` what a script could show (`display:none` and the like) is taken as shown.
    """
    sheets = [style.text or "" for style in root.iter("style")]
    rules = style_rules(sheets) if sheets else {}
    # No style sheet of another file can colour the ground.
    plain = not any("stylesheet" in (link.get("rel") or "") for link in root.iter("link"))
    etree.strip_elements(root, *_NO_TEXT, with_tail=False)
    found = _by_attributes(root, html, plain=plain)
    if rules:
        _by_rules(root, rules, found)
    texts: list[str] = []
    waiting = 0
    for element, how in found.items():
        if element.tag in _TRANSPARENT or (for_good_only and how == TOGGLED):
            continue
        text = _emptied(element, texts)
        if how == TOGGLED:
            waiting += len(_PROSE.findall(text))
    for element in list(root.iter("noscript", "template", "details", "dialog")):
        if element.get("open") is None and not (for_good_only and element.tag == "noscript"):
            text = _emptied(element, texts)
            if element.tag == "noscript":
                waiting += len(_PROSE.findall(text))
    return texts, waiting


def _emptied(element: Any, texts: list[str]) -> str:
    """Take the content out of an element, its place and what follows it stay; a closed `details` shows its summary."""
    text = " ".join(" ".join(element.itertext()).split())
    if not text:
        return ""
    if len(texts) < MAX_PIECES:
        texts.append(text)
    summary = element.find("summary") if element.tag == "details" else None
    shown = " ".join("".join(summary.itertext()).split()) if summary is not None else None
    element.clear(keep_tail=True)
    element.text = shown
    return text


def _by_rules(root: Any, rules: StyleRules, found: dict[Any, str]) -> None:
    """Elements that the page's own style sheets hide."""
    named: dict[tuple[str | None, str | None], list[Any]] = {}
    for element in root.iter(etree.Element):
        names = (element.get("class"), element.get("id"))
        if names != _NAMELESS:
            named.setdefault(names, []).append(element)
    words = {word for css, name in named for word in (*(css or "").split(), name or "")}
    rules = reachable(rules, words)
    tags = [key for key in rules if key[:1] not in ".#"]
    suspects = [
        element
        for (css, name), elements in named.items()
        if f"#{name}" in rules or any("." + word in rules for word in (css or "").split())
        for element in elements
    ]
    for element in (*suspects, *(root.iter(*tags) if tags else ())):
        if element not in found:
            how = hidden_by_rules(element, element.get("class"), element.get("id"), rules)
            if how is not None:
                found[element] = how


def _by_attributes(root: Any, html: str, *, plain: bool) -> dict[Any, str]:
    """Elements that their own attributes take out of sight, with how."""
    flagged = "aria-hidden" in html or any(rest[:1] in " =/>" for rest in html.split(" hidden")[1:])
    found: dict[Any, str] = dict.fromkeys(cast(list[Any], _FLAGGED(root)), TOGGLED) if flagged else {}
    styled: dict[str, list[Any]] = {}
    for element in cast(list[Any], _STYLED(root)):
        styled.setdefault(element.get("style"), []).append(element)
    fonts: dict[str, list[Any]] = {}
    for element in cast(list[Any], _FONTS(root)):
        fonts.setdefault(element.get("color"), []).append(element)
    for style, elements in styled.items():
        how = hidden_by(declarations(style)) if may_hide(style) else None
        for element in elements if how else ():
            found.setdefault(element, cast(str, how))
    grounds = _Grounds(root, styled, fonts, plain=plain)
    for colour, elements in grounds.suspects:
        for element in elements:
            if element not in found and same_colour(colour, grounds.under(element)):
                found[element] = FOR_GOOD
    return found


class _Grounds:
    """What colours a page gives its text and its grounds; `suspects` are elements whose text could sink into a ground."""

    def __init__(self, root: Any, styled: Mapping[str, list[Any]], fonts: Mapping[str, list[Any]], *, plain: bool) -> None:
        self.plain = plain
        self.read = {style: declarations(style) for style in styled if "color" in style or "background" in style}
        texts = [(colour_of(props.get("color", "")), styled[style]) for style, props in self.read.items()]
        texts += [(colour_of(value), elements) for value, elements in fonts.items()]
        known = [(colour, elements) for colour, elements in texts if colour is not None]
        declared = {colour_of(value) for value in set(cast(list[str], _GROUNDS(root)))} if known else set()
        grounds = {WHITE, *declared, *map(ground_of, self.read.values())} - {None}
        self.suspects = [(colour, found) for colour, found in known if any(same_colour(colour, ground) for ground in grounds)]

    def under(self, element: Any) -> Colour | None:
        """The nearest background declared around an element, white where none can be declared elsewhere."""
        plain = self.plain
        while element is not None:
            props = self.read.get(element.get("style") or "", {})
            if "url(" in props.get("background", "") or "background-image" in props or element.get("background"):
                return None
            ground = ground_of(props) or colour_of(element.get("bgcolor") or "")
            if ground is not None:
                return ground
            if plain and (element.get("class") or element.get("id")):
                plain = False  # a rule may colour it
            element = element.getparent()
        return WHITE if plain else None
