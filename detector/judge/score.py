"""Evidence into a verdict: log-odds that add up, capped within a kind, and two independent kinds for a farm."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from detector.settings import Settings
from detector.types import Evidence, Verdict

PRIOR_BITS = -6.5  # 1 page in 90: the share of farm pages in a mixed crawl is unknown, so the page must prove itself
KIND_CAP_BITS = 6.0  # signs of one kind come from one habit of one writer, so together they say little more than one
MIN_KIND_BITS = 1.0  # a kind that weighs less is no kind of its own
MIN_KINDS = 2


def score(evidence: Iterable[Evidence], settings: Settings) -> Verdict:
    """The verdict of one document; `bits == prior + sum of the listed evidence`.

    Within a kind the heaviest evidence comes first and the sum stops at the cap: what goes over it is taken off the
    later items, whose facts then hold `uncapped_bits`. A farm needs the probability of the settings and two kinds.
    """
    listed = _capped(sorted(evidence, key=_order))
    bits = PRIOR_BITS + sum(item.bits for item in listed)
    by_kind: dict[str, float] = {}
    for item in listed:
        by_kind[item.kind] = by_kind.get(item.kind, 0.0) + item.bits
    kinds = tuple(sorted(kind for kind, total in by_kind.items() if total >= MIN_KIND_BITS))
    probability = 1.0 / (1.0 + 2.0**-bits)
    return Verdict(
        farm=len(kinds) >= MIN_KINDS and probability >= settings.farm_probability,
        probability=probability,
        bits=bits,
        prior=PRIOR_BITS,
        kinds=kinds,
        evidence=tuple(listed),
    )


def _capped(ordered: list[Evidence]) -> list[Evidence]:
    room: dict[str, float] = {}
    listed = []
    for item in ordered:
        left = room.get(item.kind, KIND_CAP_BITS)
        bits = min(item.bits, max(left, 0.0))
        if bits != item.bits:
            item = replace(item, bits=bits, facts={**item.facts, "uncapped_bits": item.bits})
        room[item.kind] = left - max(bits, 0.0)
        listed.append(item)
    return listed


def _order(item: Evidence) -> tuple[float, str, int, int]:
    return -item.bits, item.rule, item.start, item.end
