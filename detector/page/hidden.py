"""Turns the declarations of a style into one answer: do they take an element out of sight?"""

from __future__ import annotations

import re
from collections.abc import Mapping

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
