"""Empties the elements of a tree that readers never see, and hands on what stood in them."""

from __future__ import annotations

import re
from html import unescape
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

# The page's source is looked at first: where no attribute of it can hide anything, its tree need not be walked.
_STYLE = re.compile(r"style\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_NAMES = re.compile(r"(?:class|CLASS|id|ID)\s*=\s*[\"']?([^\"'>]+)")
_COLOUR = re.compile(r"\s*[\"']?\s*([#\w]+)")
_FLAGGED = etree.XPath("//*[@hidden or @aria-hidden='true']")
_PROSE = re.compile(r"[，。、；,;.!?！？]")
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
    found = _by_attributes(root, html)
    if rules:
        _by_rules(root, html, rules, found)
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
    shown = " ".join("".join(summary.itertext()).split()) if summary is not None else None
    element.clear(keep_tail=True)
    element.text = shown
    return text


def _by_rules(root: Any, html: str, rules: StyleRules, found: dict[Any, str]) -> None:
    """Elements that the page's own style sheets hide."""
    names = {name for names in set(_NAMES.findall(html)) for name in names.split()}
    rules = reachable(rules, names)
    if not rules:
        return
    by_tag = any(key[:1] not in ".#" for key in rules)
    known: dict[tuple[str | None, str | None], bool] = {}  # does any rule end in one of these names?
    for element in root.iter(etree.Element):
        css, name = element.get("class"), element.get("id")
        ends = known.get((css, name))
        if ends is None:
            ends = known[css, name] = f"#{name}" in rules or any("." + part in rules for part in (css or "").split())
        if (ends or (by_tag and element.tag in rules)) and element not in found:
            how = hidden_by_rules(element, css, name, rules)
            if how is not None:
                found[element] = how


def _by_attributes(root: Any, html: str) -> dict[Any, str]:
    """Elements that their own attributes take out of sight, with how."""
    flagged = "aria-hidden" in html or any(rest[:1] in " =/>" for rest in html.split(" hidden")[1:])
    found: dict[Any, str] = dict.fromkeys(cast(list[Any], _FLAGGED(root)), TOGGLED) if flagged else {}
    source = html.replace("STYLE", "style") if "STYLE" in html else html
    styles = {unescape(one or two or three) for one, two, three in _STYLE.findall(source)}
    hiding = {style: how for style in styles if may_hide(style) and (how := hidden_by(declarations(style)))}
    grounds = _Grounds(styles, html, plain=not any("stylesheet" in (link.get("rel") or "") for link in root.iter("link")))
    if not hiding and not grounds.suspects:
        return found
    for element in root.iter(etree.Element):
        style = element.get("style")
        if style is None and (not grounds.suspects or element.tag != "font"):
            continue
        how = hiding.get(style or "")
        if how is None and grounds.suspects:
            colour = grounds.suspects.get(style or element.get("color") or "")
            if colour is not None and same_colour(colour, grounds.under(element)):
                how = FOR_GOOD
        if how is not None:
            found.setdefault(element, how)
    return found


class _Grounds:
    """What colours a page gives its text and its grounds; `suspects` are styles whose text could sink into a ground."""

    def __init__(self, styles: set[str], html: str, *, plain: bool) -> None:
        self.plain = plain  # no style sheet of another file can colour the ground
        self.read = {style: declarations(style) for style in styles if "color" in style or "background" in style}
        starts = {rest[:12] for word in ("olor=", "OLOR=", "olor =") for rest in html.split(word)[1:]}
        values = {match[1] for match in map(_COLOUR.match, starts) if match is not None}
        named = {value: colour for value in values if (colour := colour_of(value)) is not None}
        colours = named | {style: colour for style, props in self.read.items() if (colour := colour_of(props.get("color", "")))}
        grounds = {WHITE, *named.values(), *filter(None, (ground_of(props) for props in self.read.values()))}
        self.suspects = {name: colour for name, colour in colours.items() if any(same_colour(colour, g) for g in grounds)}

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
