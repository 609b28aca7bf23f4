"""Takes the links below a heading of other articles along, where a plain text writes them as Markdown."""

from __future__ import annotations

import re

from detector.page.draft import Draft

_LINK = re.compile(r"^[\s\-*+•·●>丨|\d.、]{0,6}!?\[[^\[\]]{0,120}\]\([^()\s]{0,600}\)[\s*]{0,4}$")
_EMPTY_LINK = re.compile(r"^\s*\[\s*\]\([^()\s]{1,600}\)\s*$")


def spread_links(draft: Draft, keep: list[bool]) -> None:
    """Lines that are one Markdown link each go with the heading above them; a link without words goes anywhere."""
    if draft.pages:
        return
    inside = False
    for row in range(len(draft)):
        if draft.named[row] is not None:
            inside = draft.named[row] == "related" or (inside and draft.named[row] == "caption")
        elif "](" in draft.texts[row] and _EMPTY_LINK.match(draft.texts[row]):
            keep[row] = False
            draft.labels[row] = "related" if inside else "navigation"
            draft.why[row] = ("line:empty-link",)
        elif inside:
            inside = not keep[row] or _LINK.match(draft.texts[row]) is not None
            if inside:
                keep[row] = False
                draft.labels[row] = "related"
