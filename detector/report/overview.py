"""Sites, failures and the manifest to small tables, and the whole run to a few plain sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from detector.report.best import Best, Shown
from detector.report.files import Row
from detector.report.visible import clip

_SITES = 300
_FAILURES = 100  # reasons
_FAILED_SOURCES = 12  # inputs named for each
_MAX_REASONS = 2000  # whose inputs are remembered: a message may hold a different number each time
_INPUTS = 100
_TEXT_CHARS = 200

# How a run was carried out doesn't change what it found, and the page must not change with it either.
_NOT_SETTINGS = frozenset({"workers", "engine", "format", "quiet", "resume", "out", "fail_on"})


@dataclass(frozen=True, slots=True)
class SiteView:
    host: str
    pages: int
    farm_pages: int
    duplicate_share: float
    templated_share: float
    related_share: float
    score: float


@dataclass(frozen=True, slots=True)
class FailureView:
    """All inputs that failed for one reason, and the first of them by name."""

    stage: str
    reason: str
    count: int
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """One part of a whole, for a bar: `start` and `width` are shares of it."""

    name: str
    count: int
    start: float
    width: float


def site_views(rows: Iterable[Row]) -> Shown[SiteView]:
    """The sites with the highest scores."""
    best = Best[SiteView](_SITES)
    for row in rows:
        best.offer((-float(row.get("score") or 0.0), -int(row.get("pages") or 0), str(row["host"])), partial(_site, row))
    return best.shown("sites.jsonl")


def _site(row: Row) -> SiteView:
    shares = (float(row.get(name) or 0.0) for name in ("duplicate_share", "templated_share", "related_share", "score"))
    return SiteView(clip(str(row["host"]), _TEXT_CHARS), int(row.get("pages") or 0), int(row.get("farm_pages") or 0), *shares)


def failure_views(rows: Iterable[Row]) -> tuple[Shown[FailureView], int]:
    """The commonest reasons why inputs failed, and how many failed in all."""
    counts = Counter[tuple[str, str]]()
    sources: dict[tuple[str, str], Best[str]] = {}
    for number, row in enumerate(rows):
        stage, reason, source = (clip(str(row.get(key) or ""), _TEXT_CHARS) for key in ("stage", "reason", "source"))
        key = (stage, reason)
        counts[key] += 1
        if key in sources or len(sources) < _MAX_REASONS:
            sources.setdefault(key, Best(_FAILED_SOURCES)).offer((source, number), partial(str, source))
    ranked = sorted(sources, key=lambda key: (-counts[key], key))[:_FAILURES]
    views = tuple(FailureView(*key, counts[key], sources[key].items()) for key in ranked)
    return Shown(views, len(counts), "failures.jsonl"), counts.total()


def setting_rows(manifest: Row) -> tuple[tuple[str, str], ...]:
    """Names and values of all settings that change results, nested ones as `fields.text`."""
    flat = dict(_flat(manifest.get("settings") or {}))
    rows = [(name, clip(flat[name], _TEXT_CHARS)) for name in sorted(flat) if name not in _NOT_SETTINGS]
    head = [
        ("version", str(manifest.get("version") or "")),
        ("digest of the rules", str(manifest.get("rules_digest") or "")),
    ]
    return (*(row for row in head if row[1]), *rows)


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, str]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        elif value not in (None, [], ()):
            shown = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
            yield f"{prefix}{name}", shown


def input_rows(manifest: Row) -> Shown[tuple[str, int]]:
    """Inputs by name with their documents. Digests stay in the manifest: they change with the order of the rows."""
    rows = sorted((clip(str(row.get("source")), _TEXT_CHARS), int(row.get("documents") or 0)) for row in _inputs(manifest))
    return Shown(tuple(rows[:_INPUTS]), len(rows), "manifest.json")


def _inputs(manifest: Row) -> list[Row]:
    inputs = manifest.get("inputs") or []
    return [row for row in inputs if isinstance(row, Mapping)]


def shares(counts: Iterable[tuple[str, int]]) -> tuple[Share, ...]:
    """Counts laid end to end over the length of a bar; those of zero left out.

    >>> [(share.start, share.width) for share in shares([("kept", 3), ("removed", 1)])]
    [(0.0, 0.75), (0.75, 0.25)]
    """
    present = [(name, count) for name, count in counts if count > 0]
    whole = sum(count for _, count in present)
    laid, place = [], 0
    for name, count in present:
        laid.append(Share(name, count, place / whole, count / whole))
        place += count
    return tuple(laid)
