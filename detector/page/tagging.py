"""Turns the markup around each block of a page into features."""

from __future__ import annotations

import numpy as np

from detector.page import markup
from detector.page.chars import LATIN
from detector.page.measures import (
    link_share,
    prose_of,
)
from detector.page.sheet import Sheet
from detector.page.table import Table, Windows

_TAGS = ("p", "div", "td", "li", "br", "a", "body")


def add_markup(table: Table, sheet: Sheet, windows: Windows) -> None:
    """What the markup says."""
    blocks = sheet.blocks
    assert blocks is not None
    flags, near, heading, link_chars = blocks.flags, blocks.near, blocks.heading, blocks.link_chars
    for bit, name in enumerate(markup.FLAG_NAMES):
        table.add(f"is_{name}", flags >> bit & 1)
    for bit, name in enumerate(markup.FLAG_NAMES):
        if name.startswith("w_"):
            table.add(f"near_{name}", near >> bit & 1)
    number_of = {tag: n for n, tag in enumerate(_TAGS)}
    tags = np.array([number_of.get(tag, -1) for tag in blocks.tags], dtype=np.int64)
    for number, tag in enumerate(_TAGS):
        table.add(f"tag_{tag}", tags == number)
    share = link_share(sheet)
    percent = (share * 1000).astype(np.int64)
    table.add("link_share", share)
    table.add("links", np.minimum(blocks.links, 20))
    table.add("heading", heading)
    table.add("depth", np.minimum(blocks.depth, 60))
    for reach in (1, 3, 8):
        table.add(
            f"link_share_{reach}",
            windows.sums(percent, reach, reach) / (2 * reach + 1) / 1000,
        )
    prose = prose_of(sheet)
    total = np.maximum(windows.totals(prose), 1)
    sizes = np.diff(sheet.starts)[np.diff(sheet.starts) > 0]
    length = np.diff(sheet.offsets) - 1
    n_chars = np.maximum(windows.totals(length), 1)
    table.add("document_latin", windows.totals(sheet.counts[:, LATIN]) / n_chars)
    table.add("document_links", windows.totals(link_chars) / n_chars)
    table.add("document_headings", np.minimum(windows.totals((heading > 0).astype(np.int64)), 40))
    table.add("document_comments", windows.totals((flags & markup.W_COMMENT > 0) * prose) / total)
    for name, ids in (("container", blocks.container), ("outer", blocks.outer)):
        # Numbers of containers are per page: make them unique over the batch.
        unique, inverse = np.unique(ids + sheet.document * 10**7, return_inverse=True)
        inside = np.bincount(inverse, weights=prose, minlength=len(unique))[inverse]
        linked = np.bincount(inverse, weights=link_chars, minlength=len(unique))[inverse]
        size = np.bincount(inverse, weights=np.diff(sheet.offsets) - 1, minlength=len(unique))[inverse]
        count = np.bincount(inverse, minlength=len(unique))[inverse]
        table.add(f"{name}_prose_share", inside / total)
        table.add(f"{name}_prose", np.minimum(inside, 3000))
        table.add(f"{name}_links", linked / np.maximum(size, 1))
        table.add(f"{name}_lines", np.minimum(count, 100))
        best = np.maximum.reduceat(inside, sheet.starts[:-1][np.diff(sheet.starts) > 0])
        table.add(f"{name}_of_best", inside / np.maximum(np.repeat(best, sizes), 1))
    same = (blocks.container[1:] == blocks.container[:-1]) & (sheet.document[1:] == sheet.document[:-1])
    table.add("same_container_up", np.concatenate(([False], same)))
    table.add("same_container_down", np.concatenate((same, [False])))
    table.add("row", blocks.row > 0)
