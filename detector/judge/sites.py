"""Judged documents into one row a host: how much of it is farm, copy, template and link list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

Z = 1.96  # 95 % of the normal distribution


@dataclass(frozen=True, slots=True)
class SiteRow:
    """What the site table needs of one document."""

    host: str | None
    farm: bool
    duplicate: bool  # in an exact or near group, or contained in another document
    templated: bool  # in a template family
    related_chars: int  # code points in lines labelled `related`
    chars: int


@dataclass(frozen=True, slots=True)
class Site:
    """One host. `score` is the lower end of the 95 % interval of its share of farm pages (Wilson 1927)."""

    host: str
    pages: int
    farm_pages: int
    duplicate_share: float
    templated_share: float
    related_share: float  # of all characters
    score: float


def sites(rows: Iterable[SiteRow]) -> list[Site]:
    """Sites by falling score, then by name; documents without a host are left out."""
    by_host: dict[str, list[SiteRow]] = defaultdict(list)
    for row in rows:
        if row.host:
            by_host[row.host].append(row)
    return sorted((_site(host, members) for host, members in by_host.items()), key=lambda s: (-s.score, s.host))


def _site(host: str, rows: list[SiteRow]) -> Site:
    pages = len(rows)
    farms = sum(row.farm for row in rows)
    chars = sum(row.chars for row in rows)
    return Site(
        host=host,
        pages=pages,
        farm_pages=farms,
        duplicate_share=round(sum(row.duplicate for row in rows) / pages, 4),
        templated_share=round(sum(row.templated for row in rows) / pages, 4),
        related_share=round(sum(row.related_chars for row in rows) / chars, 4) if chars else 0.0,
        score=round(wilson_lower(farms, pages), 4),
    )


def wilson_lower(hits: int, n: int) -> float:
    """The lower end of the 95 % interval of a share (Wilson 1927); 0 for no observations.

    >>> round(wilson_lower(1, 1), 2), round(wilson_lower(50, 50), 2)
    (0.21, 0.93)
    """
    if n == 0:
        return 0.0
    share = hits / n
    middle = share + Z * Z / (2 * n)
    spread = Z * sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    return max(0.0, (middle - spread) / (1 + Z * Z / n))
