"""Turns markup that the parser can't hold into a tree all the same: flattened, or read by Beautiful Soup."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

_TAG = re.compile(
    r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>|<!--.*?-->",
    re.DOTALL,
)
_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)
_RAW = frozenset(["script", "style", "textarea", "title"])
MAX_DEPTH = 200
_NAME = re.compile(r"[a-zA-Z_][\w-]*", re.ASCII)
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def flatten(html: str) -> str:
    """Replace start and end tags below MAX_DEPTH by `<br>`, in one pass; headings, links and the like stay.

    An element at the limit that hides its content keeps it hidden only where it stands above the limit.
    """
    pieces: list[str] = []
    last = depth = 0
    for match in _TAG.finditer(html):
        name = (match[2] or "").lower()
        if not name or name in _VOID or name in _RAW:
            continue
        if match[1]:
            drop = depth > MAX_DEPTH
            depth = max(0, depth - 1)
        else:
            depth += not match[3].endswith("/")
            drop = depth > MAX_DEPTH
        if drop:
            pieces += (html[last : match.start()], "<br>")
            last = match.end()
    pieces.append(html[last:])
    return "".join(pieces)


def soup_tree(html: str) -> Any:
    """The tree of a page that lxml refuses, by way of Beautiful Soup and the parser of the standard library.

    None where there is neither text nor an element in it.
    """
    from bs4 import BeautifulSoup  # slow to import, and needed by hardly any page

    soup: Any = BeautifulSoup(_NOT_XML.sub(" ", html), "html.parser")
    root = etree.Element("html")
    open_elements: list[tuple[Any, Any]] = [(root, iter(soup.contents))]
    while open_elements:
        parent, children = open_elements[-1]
        child = next(children, None)
        if child is None:
            open_elements.pop()
        elif getattr(child, "name", None):
            element = etree.SubElement(parent, _safe_name(child.name))
            for name, value in child.attrs.items():
                if _NAME.fullmatch(name):
                    said = " ".join(value) if isinstance(value, list) else str(value or "")
                    element.set(name.lower(), _NOT_XML.sub(" ", said))
            open_elements.append((element, iter(child.contents if len(open_elements) < MAX_DEPTH else [_text(child)])))
        elif type(child).__name__ in ("str", "NavigableString"):
            _append_text(parent, str(child))
    return root if len(root) or root.text else None


def _text(tag: Any) -> str:
    return str(tag.get_text(" "))


def _safe_name(name: str) -> str:
    return name.lower() if _NAME.fullmatch(name) else "span"


def _append_text(parent: Any, text: str) -> None:
    text = _NOT_XML.sub(" ", text)  # the characters of `&#1;` stand in no tree
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text
