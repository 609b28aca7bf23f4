"""The views of a run to the text of the page: the one place where text becomes markup."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from importlib.resources import files
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from detector.report import words
from detector.report.visible import clip, clip_middle, visible
from detector.text.fold import fold_chars

_VALUE_CHARS = 2000
_NAME_CHARS = 96


def fill(views: dict[str, Any], document: Callable[[str], Any]) -> str:
    """The page, drawn from `views`; `document` gives the view of a document by its id."""
    environment = _environment()
    environment.filters["document"] = document
    page = environment.get_template("page.html").render(views)
    return page.replace("<body>", f'<body data-variants="{_variants(page)}">', 1)


def _variants(page: str) -> str:
    """The Traditional and variant characters of the page, each before its fold: the search looks through both scripts.

    >>> _variants("圖書館的圖")
    '圖图書书館馆'
    """
    characters = "".join(sorted(set(page) - set(map(chr, range(0x80)))))
    pairs = zip(characters, fold_chars(characters), strict=True)
    return "".join(own + folded for own, folded in pairs if own != folded and folded.isalpha())


def _environment() -> Environment:
    """Templates of this package. Every value passes `visible` and is escaped: no other way leads into the page."""
    folder = files(__package__)
    sources = {name: (folder / name).read_text(encoding="utf-8") for name in ("page.html", "parts.html")}
    environment = Environment(
        loader=DictLoader(sources),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    style, script = ((folder / name).read_text(encoding="utf-8") for name in ("report.css", "report.js"))
    environment.globals.update(
        style=Markup(style),
        script=Markup(script),
        style_hash=_csp_hash(style),
        script_hash=_csp_hash(script),
        words=words,
    )
    environment.filters.update(
        plural=words.plural,
        percent=words.percent,
        chance=words.chance,
        signed=words.signed,
        spoken=words.spoken,
        reason=words.reason,
        short=_short,
    )
    return environment


def _shown(value: Any) -> Any:
    """The gate for every value: what can't be seen is spelled out, and nothing is longer than any view asks for."""
    return visible(clip(value, _VALUE_CHARS)) if isinstance(value, str) and not isinstance(value, Markup) else value


def _short(name: str) -> str:
    """An id, which may be a whole address or path, by its two ends."""
    return clip_middle(name, _NAME_CHARS)


def _csp_hash(source: str) -> str:
    """What the page's policy calls this style or script; anything else that got into the page would not run."""
    return "sha256-" + base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
