"""Turns each line of a sheet into features of its own words, marks and numbering."""

from __future__ import annotations

import numpy as np

from detector.page.chars import (
    ASK,
    BAR,
    COLON,
    COMMA,
    DIGIT,
    FUNCTION,
    HAN,
    LATIN,
    SPACE,
    STOP,
    SYMBOL,
)  # fmt: skip
from detector.page.measures import (
    last_class,
    units_of,
)
from detector.page.sheet import Sheet
from detector.page.table import Table

_RULE_LABELS = (
    "byline",
    "navigation",
    "caption",
    "teaser",
    "related",
    "disclaimer",
    "promotion",
    "spam",
)
_STYLES = (
    "cjk",
    "cjk_paren",
    "decimal",
    "decimal_dot",
    "decimal_paren",
    "circled",
    "ordinal",
    "faq",
    "markdown",
)
_BULLETS = frozenset("-*+•·●○■□▪◆◇★☆※→▲▼△▽>＞»›–—>|")


def add_words(table: Table, sheet: Sheet) -> None:
    """What a line shows by itself."""
    counts = sheet.counts
    units = units_of(counts)
    size = np.maximum(np.diff(sheet.offsets) - 1, 1)
    wide = counts[:, HAN] + counts[:, FUNCTION]
    table.add("units", np.minimum(units, 600))
    table.add("marks", np.minimum(counts[:, STOP] + counts[:, COMMA], 60))
    table.add("stops", np.minimum(counts[:, STOP] + counts[:, ASK], 30))
    for name, cls in (
        ("stop", STOP),
        ("comma", COMMA),
        ("space", SPACE),
        ("latin", LATIN),
        ("digit", DIGIT),
        ("symbol", SYMBOL),
        ("bar", BAR),
    ):
        table.add(f"{name}_share", counts[:, cls] / size)
    table.add("function_share", counts[:, FUNCTION] / np.maximum(wide, 1))
    table.add("cjk_share", wide / size)
    table.add("colons", np.minimum(counts[:, COLON], 8))
    table.add("asks", np.minimum(counts[:, ASK], 4))
    end = last_class(sheet)
    table.add("ends_stop", end == STOP)
    table.add("ends_ask", end == ASK)
    table.add("ends_colon", end == COLON)
    table.add("ends_comma", end == COMMA)
    first_class = sheet.classes[sheet.offsets[:-1]]
    first = sheet.codes[sheet.offsets[:-1]]
    table.add(
        "starts_bullet",
        np.isin(first, np.array(sorted(ord(c) for c in _BULLETS), dtype=np.uint16)),
    )
    table.add(
        "starts_bracket",
        np.isin(first, np.array([ord(c) for c in "[【（(〔《"], dtype=np.uint16)),
    )
    table.add("starts_digit", first_class == DIGIT)
    table.add("starts_latin", first_class == LATIN)
    styles = {style: n + 1 for n, style in enumerate(_STYLES)}
    table.add(
        "numbering",
        np.fromiter(
            (styles[n.style] if n else 0 for n in sheet.numberings),
            np.int64,
            sheet.n_lines,
        ),
    )
    found = {label: np.zeros(sheet.n_lines, dtype=np.bool_) for label in _RULE_LABELS}
    for row, hits in enumerate(sheet.hits):
        for hit in hits:
            if hit.rule.label in found:
                found[hit.rule.label][row] = True
    for label, values in found.items():
        table.add(f"rule_{label}", values)
