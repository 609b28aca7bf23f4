"""Turns a sheet of lines into the features that the model weighs, a row a line."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detector.page import markup
from detector.page.chars import (
    ASK,
    BAR,
    COLON,
    COMMA,
    DIGIT,
    FUNCTION,
    HAN,
    KANA,
    LATIN,
    SPACE,
    STOP,
    SYMBOL,
    codes_of,
    line_keys,
    line_offsets,
)  # fmt: skip
from detector.page.sheet import Sheet

LATIN_PER_CJK = 2.8  # Latin characters that say as much as one CJK character
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
_WINDOWS = (1, 2, 4, 8)
_BULLETS = frozenset("-*+•·●○■□▪◆◇★☆※→▲▼△▽>＞»›–—>|")
_HASHED = 1 << 15  # places of a document's set of bigrams


class Table:
    """Named columns of float32, as they are added."""

    def __init__(self, n_rows: int) -> None:
        self.n_rows = n_rows
        self.names: list[str] = []
        self.columns: list[NDArray[np.float32]] = []

    def add(self, name: str, values: NDArray[np.generic]) -> None:
        self.names.append(name)
        self.columns.append(values.astype(np.float32))

    def matrix(self) -> NDArray[np.float32]:
        """float32[n_rows, n_features]"""
        return np.stack(self.columns, axis=1) if self.columns else np.zeros((self.n_rows, 0), np.float32)


def units_of(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """The length of each line in CJK units."""
    wide = counts[:, HAN] + counts[:, FUNCTION] + counts[:, KANA]
    return wide + (counts[:, LATIN] + counts[:, DIGIT]) / LATIN_PER_CJK


def line_features(sheet: Sheet) -> tuple[NDArray[np.float32], list[str]]:
    """float32[n_lines, n_features] and the names of the features; those of the markup come last and only for pages.

    Every figure is a whole number, a quotient of two, or its logarithm, so that a line's features don't depend on the
    other documents of its batch.
    """
    table = Table(sheet.n_lines)
    if sheet.n_lines == 0:
        return table.matrix(), table.names
    windows = Windows(sheet)
    _add_words(table, sheet)
    _add_context(table, sheet, windows)
    _add_runs(table, sheet)
    if sheet.blocks is not None:
        _add_markup(table, sheet, windows)
    return table.matrix(), table.names


class Windows:
    """Sums over neighbouring lines of the same document, exact since they are sums of integers."""

    def __init__(self, sheet: Sheet) -> None:
        index = np.arange(sheet.n_lines, dtype=np.int64)
        self.first = sheet.starts[sheet.document]
        self.last = sheet.starts[sheet.document + 1]
        self.index = index

    def sums(self, values: NDArray[np.int64], before: int, after: int) -> NDArray[np.int64]:
        """The sum over rows `i - before` to `i + after`, cut at the ends of the document."""
        running = np.concatenate((np.zeros(1, np.int64), np.cumsum(values)))
        low = np.maximum(self.index - before, self.first)
        high = np.minimum(self.index + after + 1, self.last)
        return running[np.maximum(high, low)] - running[low]

    def totals(self, values: NDArray[np.int64]) -> NDArray[np.int64]:
        """The sum over the whole document, for each of its rows."""
        running = np.concatenate((np.zeros(1, np.int64), np.cumsum(values)))
        return running[self.last] - running[self.first]

    def before(self, values: NDArray[np.int64]) -> NDArray[np.int64]:
        """The sum over all rows above in the document."""
        running = np.concatenate((np.zeros(1, np.int64), np.cumsum(values)))
        return running[:-1] - running[self.first]

    def shift(self, values: NDArray[np.int64], by: int) -> NDArray[np.int64]:
        """The value `by` rows further down, 0 outside of the document."""
        place = self.index + by
        inside = (place >= self.first) & (place < self.last)
        return np.where(
            inside,
            values[np.clip(place, 0, len(values) - 1)],
            np.zeros(1, np.int64),
        )


def prose_of(sheet: Sheet) -> NDArray[np.int64]:
    """A whole number a line that grows with how much it reads like running text, 0 for titles and menus."""
    counts = sheet.counts
    marks = counts[:, STOP] + counts[:, COMMA]
    units = units_of(counts)
    linked = _link_share(sheet)
    prose = np.where((marks >= 1) & (units >= 12), np.minimum(units, 400), 0)
    return (prose * (1 - linked)).astype(np.int64)


def _link_share(sheet: Sheet) -> NDArray[np.float64]:
    if sheet.blocks is None:
        return np.zeros(sheet.n_lines)
    chars = np.fromiter((len(text) for text in sheet.texts), dtype=np.float64, count=sheet.n_lines)
    links = np.fromiter(
        (block.link_chars for block in sheet.blocks),
        dtype=np.float64,
        count=sheet.n_lines,
    )
    return np.minimum(links / np.maximum(chars, 1), 1.0)


def title_like(sheet: Sheet) -> NDArray[np.bool_]:
    """Lines that could be titles of other pages: of a title's length, without a full stop or colon at the end."""
    units = units_of(sheet.counts)
    end = _last_class(sheet)
    marks = sheet.counts[:, STOP] + sheet.counts[:, COMMA]
    short_and_loud = (units <= 30) & (marks <= 1) & _ends_loud(sheet)
    like: NDArray[np.bool_] = (units >= 1.5) & (units <= 45) & (marks <= 2) & (end != COLON) & ((end != STOP) | short_and_loud)
    return like


def _ends_loud(sheet: Sheet) -> NDArray[np.bool_]:
    """An exclamation mark or dots at the end, which titles may have and sentences of an article less often."""
    code = _last_codes(sheet)
    return np.isin(code, np.array([ord(c) for c in "！!…"], dtype=np.uint16))


def _last_codes(sheet: Sheet) -> NDArray[np.uint16]:
    """The last code of each line; lines have no space at their end."""
    return sheet.codes[np.maximum(sheet.offsets[1:] - 2, 0)]


def _last_class(sheet: Sheet) -> NDArray[np.uint8]:
    return sheet.classes[np.maximum(sheet.offsets[1:] - 2, 0)]


def _add_words(table: Table, sheet: Sheet) -> None:
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
    end = _last_class(sheet)
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


def _add_context(table: Table, sheet: Sheet, windows: Windows) -> None:
    """What stands around a line."""
    prose = prose_of(sheet)
    units = np.minimum(units_of(sheet.counts), 600).astype(np.int64)
    ones = np.ones(sheet.n_lines, dtype=np.int64)
    n_lines = windows.totals(ones)
    above = windows.index - windows.first
    table.add("document_lines", np.minimum(n_lines, 400))
    table.add("from_start", np.minimum(above, 100))
    table.add("from_end", np.minimum(n_lines - 1 - above, 100))
    total = windows.totals(prose)
    before = windows.before(prose)
    table.add("document_prose", np.minimum(total, 5000))
    table.add("prose", prose)
    table.add("prose_before", before / np.maximum(total, 1))
    table.add("prose_before_units", np.minimum(before, 1000))
    table.add("prose_after_units", np.minimum(total - before - prose, 1000))
    for reach in _WINDOWS:
        table.add(f"prose_{reach}", windows.sums(prose, reach, reach) / (2 * reach + 1))
        if reach > 1:
            table.add(f"prose_up_{reach}", windows.sums(prose, reach, -1) / reach)
            table.add(f"prose_down_{reach}", windows.sums(prose, -1, reach) / reach)
    for by in (-2, -1, 1, 2):
        table.add(f"units_{by}", windows.shift(units, by))
        table.add(f"prose_at_{by}", windows.shift(prose, by))
    strong = (prose >= 30).astype(np.int64)
    table.add("since_prose", np.minimum(_distance(strong, windows, -1), 60))
    table.add("until_prose", np.minimum(_distance(strong, windows, 1), 60))
    same = (sheet.keys[1:] == sheet.keys[:-1]) & (sheet.document[1:] == sheet.document[:-1])
    table.add("repeats", repeats_of(sheet))
    table.add("same_as_next", np.concatenate((same, [False])))
    table.add("title_match", title_match(sheet))
    table.add("cohesion", _cohesion(sheet, prose))
    if sheet.blocks is None:
        blanks = windows.totals(sheet.blank_before.astype(np.int64))
        table.add("blank_before", sheet.blank_before)
        table.add("blank_after", windows.shift(sheet.blank_before.astype(np.int64), 1))
        table.add("blank_share", blanks / n_lines)


def _distance(marked: NDArray[np.int64], windows: Windows, step: int) -> NDArray[np.int64]:
    """Rows to the nearest marked row of the document above (-1) or below (1), a large number where there is none."""
    n = len(marked)
    place = np.arange(n, dtype=np.int64)
    if step < 0:
        nearest = np.maximum.accumulate(np.where(marked > 0, place, -1))
        return np.where(nearest >= windows.first, place - nearest, 10**6)
    nearest = np.minimum.accumulate(np.where(marked > 0, place, 10**12)[::-1])[::-1]
    return np.where(nearest < windows.last, nearest - place, 10**6)


def repeats_of(sheet: Sheet) -> NDArray[np.int64]:
    """How often the line stands in its document, at most 5."""
    with np.errstate(over="ignore"):
        pairs = sheet.keys ^ (sheet.document.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    _, inverse, counts = np.unique(pairs, return_inverse=True, return_counts=True)
    return np.where(sheet.keys == 0, 1, np.minimum(counts[inverse], 5))


def title_match(sheet: Sheet) -> NDArray[np.bool_]:
    """Lines that say the stated title of their document, folded."""
    titles = [" ".join((title or "").split()) for title in sheet.titles]
    if not any(titles):
        return np.zeros(sheet.n_lines, dtype=np.bool_)
    offsets = line_offsets(titles)
    line_of = np.repeat(np.arange(len(titles), dtype=np.int64), np.diff(offsets))
    keys, _ = line_keys(codes_of("\n".join(titles) + "\n"), line_of, len(titles))
    same: NDArray[np.bool_] = (sheet.keys == keys[sheet.document]) & (sheet.keys != 0)
    return same


def _cohesion(sheet: Sheet, prose: NDArray[np.int64]) -> NDArray[np.float64]:
    """The share of a line's character pairs that the running text of its document also holds, 1 for running text."""
    codes = sheet.codes.astype(np.uint32)
    wordy = (sheet.classes[:-1] == HAN) & (sheet.classes[1:] == HAN)
    place = np.flatnonzero(wordy)
    hashed = ((codes[place] * np.uint32(2654435761)) ^ (codes[place + 1] * np.uint32(40503))) >> np.uint32(7) & np.uint32(
        _HASHED - 1
    )
    rows = sheet.line_of[place]
    share = np.ones(sheet.n_lines)
    is_prose = prose >= 30
    result_hits = np.zeros(sheet.n_lines, dtype=np.int64)
    n_documents = len(sheet.starts) - 1
    chunk = 64
    documents = sheet.document[rows]
    bounds = np.searchsorted(documents, np.arange(0, n_documents + chunk, chunk))
    for n in range(len(bounds) - 1):
        part = slice(bounds[n], bounds[n + 1])
        if bounds[n] == bounds[n + 1]:
            continue
        slots = (documents[part] - n * chunk) * _HASHED + hashed[part].astype(np.int64)
        seen = np.zeros(chunk * _HASHED, dtype=np.bool_)
        from_prose = is_prose[rows[part]]
        seen[slots[from_prose]] = True
        result_hits += np.bincount(rows[part][seen[slots]], minlength=sheet.n_lines)
    pairs = np.bincount(rows, minlength=sheet.n_lines)
    share = np.where(pairs > 0, result_hits / np.maximum(pairs, 1), 0.5)
    return np.where(is_prose, 1.0, share)


def _add_runs(table: Table, sheet: Sheet) -> None:
    """Runs of lines that could be titles: how long, how alike, how far from the article's words."""
    like = title_like(sheet)
    run, length = runs_of(like, sheet.document)
    place = np.arange(sheet.n_lines, dtype=np.int64)
    table.add("run_length", np.where(like, np.minimum(length[run], 120), 0))
    firsts = np.concatenate((np.zeros(1, np.int64), np.cumsum(length)[:-1]))
    table.add("run_place", np.where(like, np.minimum(place - firsts[run], 60), -1))
    units = np.minimum(units_of(sheet.counts), 600)
    whole = (units * 10).astype(np.int64)
    n_runs = len(length)

    def mean(values: NDArray[np.int64]) -> NDArray[np.float64]:
        sums = np.bincount(run, weights=values, minlength=n_runs)
        return np.where(like, (sums / np.maximum(length, 1))[run], 0.0)

    mean_units = mean(whole) / 10
    table.add("run_units", mean_units)
    spread = mean(np.minimum(np.abs(whole - (mean_units * 10).astype(np.int64)), 1000)) / 10
    table.add("run_spread", spread / np.maximum(mean_units, 1))
    cohesion = (table.columns[table.names.index("cohesion")] * 1000).astype(np.int64)
    table.add("run_cohesion", mean(cohesion) / 1000)
    numbered = np.fromiter((n is not None for n in sheet.numberings), np.int64, sheet.n_lines)
    table.add("run_numbered", mean(numbered))
    table.add(
        "run_bulleted",
        mean(table.columns[table.names.index("starts_bullet")].astype(np.int64)),
    )
    table.add("run_asks", mean((sheet.counts[:, ASK] > 0).astype(np.int64)))
    table.add("run_long", mean((units >= 8).astype(np.int64)))
    table.add(
        "run_marks",
        mean(sheet.counts[:, STOP] + sheet.counts[:, COMMA] + sheet.counts[:, ASK]),
    )
    table.add(
        "run_latin",
        mean((table.columns[table.names.index("latin_share")] * 1000).astype(np.int64)) / 1000,
    )
    function = (sheet.counts[:, FUNCTION] * 1000 // np.maximum(sheet.counts[:, HAN] + sheet.counts[:, FUNCTION], 1)).astype(
        np.int64
    )
    table.add("run_function", mean(function) / 1000)
    if sheet.blocks is None:
        table.add("run_blanks", mean(sheet.blank_before.astype(np.int64)))


def runs_of(marked: NDArray[np.bool_], document: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The number of the run of equal marks that each row lies in, within its document, and the length of each run."""
    if len(marked) == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    change = (marked[1:] != marked[:-1]) | (document[1:] != document[:-1])
    run = np.concatenate((np.zeros(1, np.int64), np.cumsum(change)))
    return run, np.bincount(run)


def _add_markup(table: Table, sheet: Sheet, windows: Windows) -> None:
    """What the markup says."""
    blocks = sheet.blocks
    assert blocks is not None
    columns = list(zip(*(block[2:] for block in blocks), strict=True))
    flags, near, heading, link_chars, links, depth, container, outer, row = (np.array(c, dtype=np.int64) for c in columns)
    for bit, name in enumerate(markup.FLAG_NAMES):
        table.add(f"is_{name}", flags >> bit & 1)
    for bit, name in enumerate(markup.FLAG_NAMES):
        if name.startswith("w_"):
            table.add(f"near_{name}", near >> bit & 1)
    tags = [block.tag for block in blocks]
    for tag in ("p", "div", "td", "li", "br", "a", "body"):
        table.add(f"tag_{tag}", np.fromiter((t == tag for t in tags), np.int64, len(tags)))
    share = _link_share(sheet)
    percent = (share * 1000).astype(np.int64)
    table.add("link_share", share)
    table.add("links", np.minimum(links, 20))
    table.add("heading", heading)
    table.add("depth", np.minimum(depth, 60))
    for reach in (1, 3, 8):
        table.add(
            f"link_share_{reach}",
            windows.sums(percent, reach, reach) / (2 * reach + 1) / 1000,
        )
    prose = prose_of(sheet)
    total = np.maximum(windows.totals(prose), 1)
    for name, ids in (("container", container), ("outer", outer)):
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
    same = (container[1:] == container[:-1]) & (sheet.document[1:] == sheet.document[:-1])
    table.add("same_container_up", np.concatenate(([False], same)))
    table.add("same_container_down", np.concatenate((same, [False])))
    table.add("row", row > 0)
