"""Turns style declarations, a page's own style sheets and attributes into one answer: is this element shown?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_RULE = re.compile(r"([^{}]*)\{([^{}]*)\}")
# What a declaration block that hides must hold, once its spaces are gone; one that holds none is not read at all.
_HIDING = (
    "display:none", "visibility:hidden", "visibility:collapse", "opacity:0", "opacity:.0", "content-visibility", "clip",
    "scale", "transparent", "translate",
)  # fmt: skip
_TINY_TEXT = re.compile(r"font-size:[01]?(?:\.\d+)?(?:px|pt|em|rem|%)?(?:[;!]|$)")
_TINY_BOX = re.compile(r"(?:height|width):[01]?(?:\.\d+)?(?:px|pt|em|%)?(?:[;!]|$)")
_FAR_AWAY = re.compile(r"(?<!position):-(?:\d{3}|\d\d(?:\.\d+)?r?em)")


def may_hide(style: str) -> bool:
    """A quick look at a declaration block.

    >>> [may_hide(s) for s in ("Display : None", "text-indent:-999px", "font-size:0", "font-size:14px", "overflow:hidden")]
    [True, True, True, False, False]
    """
    flat = "".join(style.split())
    if not flat.islower():
        flat = flat.lower()
    for hint in _HIDING:
        if hint in flat:
            return True
    if "font-size:" in flat and _TINY_TEXT.search(flat) is not None:
        return True
    if ":-" in flat and _FAR_AWAY.search(flat) is not None:
        return True
    if "overflow" in flat and _TINY_BOX.search(flat) is not None:
        return True
    return "background" in flat and (";color:" in flat or flat.startswith("color:"))


_OTHER_MEDIA = re.compile(
    r"@media[^{]*\b(?:print|speech|max-width|max-device-width|orientation)[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}"
)
_COMPOUND = re.compile(r"([a-zA-Z][\w-]*)?((?:[.#][\w\u0080-\uffff-]+)*)$")
_LENGTH = re.compile(r"(-?\d*\.?\d+)\s*(px|em|rem|pt|%|vw|vh|ex|ch|cm|mm|in)?")
_RGB = re.compile(r"rgba?\(\s*(\d+)\s*[, ]\s*(\d+)\s*[, ]\s*(\d+)\s*(?:[,/]\s*([\d.]+))?")
_NAMED = {
    "white": (255, 255, 255),
    "black": (0, 0, 0),
    "red": (255, 0, 0),
    "snow": (255, 250, 250),
    "ivory": (255, 255, 240),
}
_EM = {
    "px": 1.0,
    "pt": 1.33,
    "em": 16.0,
    "rem": 16.0,
    "vw": 10.0,
    "vh": 8.0,
    "%": 1.0,
    "cm": 38.0,
    "mm": 3.8,
    "in": 96.0,
}
OFF_SCREEN_PX = -400.0  # farther left or up than any legitimate overlap
SAME_COLOUR = 24  # summed difference of the three channels that no reader can see

Colour = tuple[int, int, int]
# What can be undone by a script on purpose; text hidden by any other means is hidden for good.
TOGGLED = "toggled"
FOR_GOOD = "for good"


def declarations(style: str) -> dict[str, str]:
    """Property -> value of one declaration block, in lower case, without `!important`."""
    found = {}
    for part in style.split(";"):
        name, colon, value = part.partition(":")
        if colon:
            found[name.strip().lower()] = value.replace("!important", "").strip().lower()
    return found


def hidden_by(props: Mapping[str, str]) -> str | None:
    """TOGGLED or FOR_GOOD where a declaration block takes an element out of sight, else None."""
    if props.get("display") == "none" or props.get("content-visibility") == "hidden":
        return TOGGLED
    if props.get("visibility") in ("hidden", "collapse") or _is_zero(props.get("opacity"), 0.05):
        return TOGGLED
    if _is_zero(props.get("font-size"), 1.0) or _px(props.get("text-indent")) <= OFF_SCREEN_PX:
        return FOR_GOOD
    if _is_boxless(props) or _is_off_screen(props) or _is_clipped(props):
        return FOR_GOOD
    colour = colour_of(props.get("color", ""))
    if colour is not None and same_colour(colour, ground_of(props)):
        return FOR_GOOD
    if props.get("color") == "transparent" and "text" not in props.get(
        "background-clip", props.get("-webkit-background-clip", "")
    ):
        return FOR_GOOD
    return None


def _is_zero(value: str | None, limit: float) -> bool:
    match = _LENGTH.match(value) if value else None
    if match is None:
        return False
    amount = float(match[1]) * (0.01 if match[2] == "%" and limit < 1 else _EM.get(match[2] or "px", 1.0) if limit >= 1 else 1)
    return 0 <= amount <= limit


def _px(value: str | None) -> float:
    match = _LENGTH.match(value) if value else None
    return float(match[1]) * _EM.get(match[2] or "px", 1.0) if match else 0.0


def _is_boxless(props: Mapping[str, str]) -> bool:
    """No height or width, with what overflows cut off (a box of one pixel is the usual disguise)."""
    cut = any(
        "hidden" in props.get(name, "") or "clip" in props.get(name, "") for name in ("overflow", "overflow-x", "overflow-y")
    )
    if not cut:
        return False
    return any(_is_zero(props.get(name), 1.0) for name in ("height", "width", "max-height", "max-width", "line-height"))


def _is_off_screen(props: Mapping[str, str]) -> bool:
    if props.get("position") in ("absolute", "fixed", "relative") and any(
        _px(props.get(side)) <= OFF_SCREEN_PX for side in ("left", "top", "right", "bottom", "inset-inline-start")
    ):
        return True
    if any(_px(props.get(name)) <= OFF_SCREEN_PX for name in ("margin-left", "margin-top")):
        return True
    transform = props.get("transform", "")
    moved = re.search(r"translate(?:3d|x|y)?\(\s*([^,)]+)(?:,\s*([^,)]+))?", transform)
    if moved and any(_px(part) <= OFF_SCREEN_PX for part in moved.groups() if part):
        return True
    return bool(re.search(r"scale[xy]?\(\s*0?\.?0*\s*[,)]", transform))


def _is_clipped(props: Mapping[str, str]) -> bool:
    clip = props.get("clip", "").replace(" ", "").replace(",", "")
    if clip.startswith("rect("):
        edges = [float(m[1]) for m in _LENGTH.finditer(props["clip"])]
        return (len(edges) == 4 and abs(edges[0] - edges[2]) <= 1) or (not any(edges) and bool(edges))
    path = props.get("clip-path", "")
    inset = re.match(r"inset\(\s*(\d+)%", path)
    return (inset is not None and int(inset[1]) >= 50) or bool(re.match(r"circle\(\s*0", path))


def colour_of(value: str) -> Colour | None:
    """`#fff`, `#ffffff`, `rgb(…)` or a few names; None for everything else, see-through colours included."""
    value = value.strip().lower()
    if value.startswith("#"):
        digits = value[1:].split()[0] if len(value) > 1 else ""
        if len(digits) == 3:
            digits = "".join(d * 2 for d in digits)
        try:
            return (int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)) if len(digits) == 6 else None
        except ValueError:
            return None
    match = _RGB.match(value)
    if match is not None:
        return None if match[4] == "0" else (int(match[1]), int(match[2]), int(match[3]))
    return _NAMED.get(value.split()[0]) if value else None


def ground_of(props: Mapping[str, str]) -> Colour | None:
    """The background colour of a declaration block."""
    if "background-color" in props:
        return colour_of(props["background-color"])
    return colour_of(props.get("background", "")) if "url(" not in props.get("background", "") else None


def same_colour(text: Colour, ground: Colour | None) -> bool:
    return ground is not None and sum(abs(a - b) for a, b in zip(text, ground, strict=True)) <= SAME_COLOUR


@dataclass(frozen=True, slots=True)
class Compound:
    """One simple selector such as `div.note#first`."""

    tag: str
    classes: frozenset[str]
    ids: frozenset[str]

    def matches(self, element: Any) -> bool:
        if self.tag and element.tag != self.tag:
            return False
        if self.ids and element.get("id") not in self.ids:
            return False
        return not self.classes or self.classes <= frozenset((element.get("class") or "").split())


@dataclass(frozen=True, slots=True)
class Rule:
    """A selector of the page's own style sheet that hides, or that shows again what another one hides."""

    chain: tuple[Compound, ...]
    hides: str | None
    rank: tuple[int, int]  # specificity, order: the highest wins

    def needs(self) -> set[str]:
        return {name for compound in self.chain for name in (*compound.classes, *compound.ids)}

    def matches(self, element: Any) -> bool:
        if not self.chain[-1].matches(element):
            return False
        rest = list(self.chain[:-1])
        for ancestor in element.iterancestors() if rest else ():
            if rest[-1].matches(ancestor):
                rest.pop()
                if not rest:
                    break
        return not rest


StyleRules = dict[str, list[Rule]]


def style_rules(sheets: Iterable[str]) -> StyleRules:
    """The rules of a page's style sheets that hide something, by the class, id or tag they end in.

    Selectors with states, attributes or siblings are left out: they hide on an occasion only.
    """
    found: StyleRules = {}
    order = 0
    for sheet in sheets:
        for selectors, block in _RULE.findall(_OTHER_MEDIA.sub("", _COMMENT.sub("", sheet))):
            hides = hidden_by(declarations(block)) if may_hide(block) else None
            if hides is None and "display" not in block and "visibility" not in block and "opacity" not in block:
                continue
            for selector in selectors.split(","):
                order += 1
                _add_rule(found, selector.strip(), hides, order)
    return {key: rules for key, rules in found.items() if any(rule.hides for rule in rules)}


def reachable(rules: StyleRules, names: AbstractSet[str]) -> StyleRules:
    """The rules whose classes and ids all stand among the names that the page uses; most of a site's don't."""
    kept = {}
    for key, group in rules.items():
        possible = [rule for rule in group if rule.needs() <= names]
        if any(rule.hides for rule in possible):
            kept[key] = possible
    return kept


def _add_rule(found: StyleRules, selector: str, hides: str | None, order: int) -> None:
    parts = selector.replace(">", " ").split()
    matches = [_COMPOUND.match(part) for part in parts]
    if not parts or not all(matches):
        return
    chain = tuple(_compound(m[1] or "", m[2]) for m in matches if m is not None)
    last = chain[-1]
    rank = sum(100 * len(c.ids) + 10 * len(c.classes) + bool(c.tag) for c in chain)
    keys = ["#" + name for name in last.ids] or ["." + name for name in sorted(last.classes)] or [last.tag]
    for key in keys:
        found.setdefault(key, []).append(Rule(chain, hides, (rank, order)))


def _compound(tag: str, rest: str) -> Compound:
    names = re.findall(r"([.#])([^.#]+)", rest)
    return Compound(
        tag.lower(),
        frozenset(n for kind, n in names if kind == "."),
        frozenset(n for kind, n in names if kind == "#"),
    )


def hidden_by_rules(element: Any, classes: str | None, element_id: str | None, rules: StyleRules) -> str | None:
    """What the page's own style sheets say of an element: TOGGLED, FOR_GOOD or None."""
    candidates = list(rules.get(element.tag, ()))
    for name in (classes or "").split():
        candidates += rules.get("." + name, ())
    if element_id:
        candidates += rules.get("#" + element_id, ())
    matching = [rule for rule in candidates if rule.matches(element)]
    return max(matching, key=lambda rule: rule.rank).hides if matching else None
