"""Turns markup that is nested deeper than any parser holds into flat markup with the same text and breaks."""

from __future__ import annotations

import re

_TAG = re.compile(
    r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>|<!--.*?-->",
    re.DOTALL,
)
_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)
_RAW = frozenset(["script", "style", "textarea", "title"])
MAX_DEPTH = 200


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
