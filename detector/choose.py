"""Verdicts and relations into the decision which documents stay in the clean corpus."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from detector.pipeline import Fingerprint, Relations
from detector.rows import Decision
from detector.settings import Settings
from detector.types import Pair, Verdict

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

    A document goes for one reason: it is a farm page; or a copy of, or contained in, a document that stays, and the
    pair itself was verified; or its template family has more members than the settings let stay.
    """
    place = {f.id: priority[i] for i, f in enumerate(fingerprints)}
    decided: dict[str, Decision] = {}
    if not settings.keep_farms:
        decided = {i: Decision(False, "farm") for i, verdict in verdicts.items() if verdict.farm}
    _drop_copies(decided, relations, place, settings)
    _drop_contained(decided, relations.duplicates.contained, place, settings)
    _drop_members(decided, relations, place, settings)
    return {f.id: decided.get(f.id, _STAYS) for f in fingerprints}


def _drop_copies(decided: dict[str, Decision], relations: Relations, place: Mapping[str, int], settings: Settings) -> None:
    """Of each verified pair the document with the better place stays, if nothing better removed it before."""
    partners: dict[str, list[Pair]] = {}
    for pair in relations.duplicates.pairs:
        worse = pair.a if place[pair.a] > place[pair.b] else pair.b
        partners.setdefault(worse, []).append(pair)
    for document in sorted(partners, key=place.__getitem__):
        if document in decided:
            continue
        pairs = [(p, p.b if p.a == document else p.a) for p in partners[document]]
        staying = [(p, other) for p, other in pairs if other not in decided]
        if staying:
            pair, other = min(staying, key=lambda item: (item[0].relation != "exact", place[item[1]]))
            decided[document] = Decision(False, pair.relation, other, _facts(pair, settings))


def _drop_contained(decided: dict[str, Decision], pairs: Sequence[Pair], place: Mapping[str, int], settings: Settings) -> None:
    """The inner document of a pair goes where the outer one stays."""
    for pair in sorted(pairs, key=lambda p: (place[p.b], p.a)):
        if pair.a not in decided and pair.b not in decided:
            decided[pair.a] = Decision(False, "contained", pair.b, _facts(pair, settings))


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


def _facts(pair: Pair, settings: Settings) -> dict[str, Any]:
    return {"rule": f"keep={settings.keep}", "jaccard": pair.jaccard, "containment": pair.containment}
