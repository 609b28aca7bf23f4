"""Empties the elements of a tree that readers never see, and hands on what stood in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from lxml import etree

from detector.page.hidden import (
    FOR_GOOD, TOGGLED, Colour, StyleRules, colour_of, declarations, ground_of, hidden_by, hidden_by_rules, may_hide, same_colour,
    style_rules,
)  # fmt: skip

_STYLED = etree.XPath("//*[@style or @color or @hidden or @aria-hidden='true']")
_NAMED = etree.XPath("//*[@class or @id]")
_PROSE = re.compile(r"[，。、；,;.!?！？]")
_TRANSPARENT = ("html", "head", "body")
WHITE = (255, 255, 255)
MAX_PIECES = 200


def conceal(root: Any, *, for_good_only: bool = False) -> tuple[list[str], int]:
    """Empty hidden elements; return their texts, and how much prose a script could bring back into sight.

    With `for_good_only` what a script could show (`display:none` and the like) is taken as shown.
    """
    sheets = [style.text or "" for style in root.iter("style")]
    rules = style_rules(sheets) if sheets else {}
    found = _by_attributes(root)
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
        if element.get("open") is None:
            _emptied(element, texts)
    return texts, waiting


def _emptied(element: Any, texts: list[str]) -> str:
    """Take the content out of an element, its place and what follows it stay; a closed `details` shows its summary."""
    text = " ".join(" ".join(element.itertext()).split())
    if not text:
        return ""
    if len(texts) < MAX_PIECES:
        texts.append(text)
    summary = element.find("summary") if element.tag == "details" else None
    shown = (
        " ".join("".join(summary.itertext()).split()) if summary is not None else None
    )
    element.clear(keep_tail=True)
    element.text = shown
    return text


def _by_rules(root: Any, rules: StyleRules, found: dict[Any, str]) -> None:
    """Elements that the page's own style sheets hide."""
    by_tag = [key for key in rules if key[:1] not in ".#"]
    elements = _NAMED(root) + (list(root.iter(*by_tag)) if by_tag else [])
    known: dict[tuple[str, str], bool] = {}  # does any rule end in one of these names?
    for element in elements:
        css, name = element.get("class") or "", element.get("id") or ""
        if (css, name) not in known:
            known[css, name] = "#" + name in rules or any(
                "." + part in rules for part in css.split()
            )
        if (known[css, name] or element.tag in rules) and element not in found:
            how = hidden_by_rules(element, css, name, rules)
            if how is not None:
                found[element] = how


def _by_attributes(root: Any) -> dict[Any, str]:
    """Elements that their own attributes take out of sight, with how."""
    found = {}
    grounds = _Grounds(
        plain=not any(
            "stylesheet" in (link.get("rel") or "") for link in root.iter("link")
        )
    )
    answers: dict[str, str | None] = {}  # pages say the same few styles again and again
    for element in _STYLED(root):
        if element.get("hidden") is not None or element.get("aria-hidden") == "true":
            found[element] = TOGGLED
            continue
        style = element.get("style") or ""
        if style not in answers:
            answers[style] = hidden_by(declarations(style)) if may_hide(style) else None
        how = answers[style]
        if how is None and ("color" in style or element.get("color")):
            colour = grounds.colour(element, style)
            if colour is not None and same_colour(colour, grounds.under(element)):
                how = FOR_GOOD
        if how is not None:
            found[element] = how
    return found


class _Grounds:
    """What colour text has, and what colour it stands on; each style is read once a page."""

    def __init__(self, *, plain: bool) -> None:
        self.plain = plain  # no style sheet of another file can colour the ground
        self.read: dict[str, Mapping[str, str]] = {}

    def _props(self, style: str) -> Mapping[str, str]:
        if style not in self.read:
            self.read[style] = declarations(style)
        return self.read[style]

    def colour(self, element: Any, style: str) -> Colour | None:
        """The colour that an element gives its text."""
        value = self._props(style).get("color") if "color" in style else None
        return colour_of(value or element.get("color") or "")

    def under(self, element: Any) -> Colour | None:
        """The nearest background declared around an element, white where none can be declared elsewhere."""
        plain = self.plain
        while element is not None:
            style = element.get("style")
            props = self._props(style) if style and "background" in style else {}
            if (
                "url(" in props.get("background", "")
                or "background-image" in props
                or element.get("background")
            ):
                return None
            ground = ground_of(props) or colour_of(element.get("bgcolor") or "")
            if ground is not None:
                return ground
            if plain and (element.get("class") or element.get("id")):
                plain = False  # a rule may colour it
            element = element.getparent()
        return WHITE if plain else None
