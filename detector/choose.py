"""Verdicts and relations into the decision which documents stay in the clean corpus."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from heapq import heapify, heappop, heappush
from typing import Any

from detector.context import Relations
from detector.dup.relate import Duplicates
from detector.fingerprint import Fingerprint
from detector.rows import Decision
from detector.settings import Settings
from detector.types import Cluster, Pair, Verdict

Rivals = dict[str, dict[str, Pair]]
_STAYS = Decision(keep=True)
_NO_DATE = "~"  # sorts after every date


def priorities(fingerprints: Sequence[Fingerprint], settings: Settings) -> list[int]:
    """The place of each document in the order in which copies are preferred: 0 for the one that stays before all."""

    def rank(row: Fingerprint) -> tuple[Any, ...]:
        preferred = row.host not in settings.prefer_hosts
        if settings.keep == "earliest":
            return preferred, row.published or _NO_DATE, row.id
        if settings.keep == "cleanest":
            stripped = 1 - row.chars_body / max(row.chars_text, 1)
            return preferred, row.repairs > 0, sum(e.bits for e in row.evidence), round(stripped, 3), row.id
        if settings.keep == "longest":
            return preferred, -row.chars_body, row.id
        return preferred, row.id

    order = sorted(range(len(fingerprints)), key=lambda i: rank(fingerprints[i]))
    places = [0] * len(order)
    for place, index in enumerate(order):
        places[index] = place
    return places


def choose(
    fingerprints: Sequence[Fingerprint],
    priority: Sequence[int],
    relations: Relations,
    verdicts: Mapping[str, Verdict],
    settings: Settings,
) -> dict[str, Decision]:
    """A decision for each document, by id.

    A document goes for one reason: it has no text; or it is a farm page; or a copy of, or contained in, a document
    that stays, and the pair itself was verified; or its template family has more members than the settings let stay.
    """
    place = {f.id: priority[i] for i, f in enumerate(fingerprints)}
    decided = {f.id: Decision(False, "empty") for f in fingerprints if not f.has_text}
    if not settings.keep_farms:
        decided |= {i: Decision(False, "farm") for i, verdict in verdicts.items() if verdict.farm}
    heads = _exact_heads(decided, relations.duplicates.exact, place)
    near, outer = _rivals(relations.duplicates, heads, decided)
    staying: set[str] = set()
    for document in _outer_first(near.keys() | outer.keys(), outer, place):
        rivals = {other: pair for of in (outer, near) for other, pair in of.get(document, {}).items() if other in staying}
        if rivals:
            kept = min(rivals, key=lambda other: (rivals[other].relation != "near", place[other]))
            decided[document] = Decision(False, rivals[kept].relation, kept, _facts(rivals[kept], settings))
        else:
            staying.add(document)
    _drop_exact(decided, heads, settings)
    _drop_members(decided, relations, place, settings)
    return {f.id: decided.get(f.id, _STAYS) for f in fingerprints}


def _exact_heads(decided: Mapping[str, Decision], groups: Sequence[Cluster], place: Mapping[str, int]) -> dict[str, str]:
    """Document -> the best one with the very same text that is not decided yet, where that is another."""
    heads: dict[str, str] = {}
    for group in groups:
        head = min((m for m in group.members if m not in decided), key=place.__getitem__, default=None)
        if head is not None:
            heads.update((member, head) for member in group.members if member != head)
    return heads


def _rivals(duplicates: Duplicates, heads: Mapping[str, str], decided: Mapping[str, Decision]) -> tuple[Rivals, Rivals]:
    """Document -> {another that may stay in its place: their pair}: near ones, and those that hold it.

    Exact copies are stood for by the best of them, as the pairs of all copies are verified with the pair of one.
    """
    near: Rivals = {}
    outer: Rivals = {}
    for pair in (*duplicates.pairs, *duplicates.contained):
        a, b = heads.get(pair.a, pair.a), heads.get(pair.b, pair.b)
        if a == b or a in decided or b in decided:
            continue
        if pair.relation != "contained":
            near.setdefault(a, {})[b] = near.setdefault(b, {})[a] = pair
        elif b not in near.get(a, {}):
            outer.setdefault(a, {})[b] = pair
            outer.setdefault(b, {})
    return near, outer


def _outer_first(documents: Collection[str], outer: Rivals, place: Mapping[str, int]) -> Iterator[str]:
    """The documents by place, but none before those that hold it: so all that may make it go are decided before it."""
    waiting = {document: len(outer.get(document, ())) for document in documents}
    inner: dict[str, list[str]] = {}
    for document in documents:
        for other in outer.get(document, ()):
            inner.setdefault(other, []).append(document)
    ready = [(place[document], document) for document, count in waiting.items() if count == 0]
    heapify(ready)
    while waiting:
        # Nothing is ready where texts of one length hold each other: then the best of them comes first.
        document = heappop(ready)[1] if ready else min(waiting, key=place.__getitem__)
        if waiting.pop(document, None) is None:
            continue
        yield document
        for held in inner.get(document, ()):
            if held in waiting:
                waiting[held] -= 1
                if waiting[held] == 0:
                    heappush(ready, (place[held], held))


def _drop_exact(decided: dict[str, Decision], heads: Mapping[str, str], settings: Settings) -> None:
    """Copies of one text go with the best of them, or for it."""
    facts = {"rule": f"keep={settings.keep}", "jaccard": 1.0, "containment": 1.0}
    for document, head in heads.items():
        decided.setdefault(document, decided.get(head, Decision(False, "exact", head, facts)))


def _drop_members(decided: dict[str, Decision], relations: Relations, place: Mapping[str, int], settings: Settings) -> None:
    """Of each family only the share that the settings name stays, the best places first."""
    if settings.family_share >= 1.0:
        return
    for family in relations.families.clusters:
        staying = sorted((m for m in family.members if m not in decided), key=place.__getitem__)
        limit = math.ceil(len(staying) * settings.family_share)
        for member in staying[limit:]:
            facts = {"rule": f"family_share={settings.family_share}", "family": family.id}
            decided[member] = Decision(False, "templated", staying[0] if limit else None, facts)
    for document, made in decided.items():
        if made.kept in decided:  # a copy of such a member goes as it does
            decided[document] = decided[made.kept]


def _facts(pair: Pair, settings: Settings) -> dict[str, Any]:
    return {"rule": f"keep={settings.keep}", "jaccard": pair.jaccard, "containment": pair.containment}
