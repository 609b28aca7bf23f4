"""Relations of the corpus into what they say of each document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from detector.dup.relate import Duplicates
from detector.fingerprint import Fingerprint
from detector.judge.signals import CorpusContext
from detector.read.owners import owners_of
from detector.template.family import Families
from detector.types import Cluster


@dataclass(frozen=True, slots=True)
class ContactUse:
    """How widely one contact is given."""

    titles: int  # different titles of the documents that give it
    hosts: int  # of different owners: subdomains of one registered domain count as one


@dataclass(frozen=True, slots=True)
class Relations:
    """What the whole corpus says about its documents, by document id."""

    duplicates: Duplicates
    families: Families
    contacts: Mapping[str, ContactUse]


def contexts(fingerprints: Sequence[Fingerprint], relations: Relations) -> dict[str, CorpusContext]:
    """What the relations say of each document; documents without any are absent."""
    rows = {f.id: f for f in fingerprints}
    owner = owners_of(f.host for f in fingerprints)
    facts: dict[str, dict[str, Any]] = {}
    for cluster in relations.duplicates.clusters:
        if cluster.relation == "near":
            hosts = _count_owners(owner[rows[m].host] for m in cluster.members)
            for member in cluster.members:
                facts.setdefault(member, {}).update(near_size=len(cluster.members), near_hosts=hosts)
    for cluster, outline_share in _outline_shares(relations.families):
        members = [rows[m] for m in cluster.members]
        known = {
            "family_size": len(members),
            "family_hosts": _count_owners(owner[m.host] for m in members),
            "family_entities": len({m.title or m.id for m in members}),
            "family_outline": outline_share,
        }
        for member in cluster.members:
            facts.setdefault(member, {}).update(known)
    for f in fingerprints:
        shared = {c: use.titles for c in f.contacts if (use := relations.contacts[c]).titles > 1}
        if shared:
            hosts = max(relations.contacts[c].hosts for c, titles in shared.items() if titles == max(shared.values()))
            facts.setdefault(f.id, {}).update(shared_contacts=shared, contact_hosts=hosts)
        if f.chars_repeated:
            facts.setdefault(f.id, {})["boilerplate_share"] = f.chars_repeated / f.chars_text
    return {document: CorpusContext(**values) for document, values in facts.items()}


def count_contacts(fingerprints: Sequence[Fingerprint]) -> dict[str, ContactUse]:
    """Every contact that a document gives, with the number of different titles and owners of hosts of those documents."""
    owner = owners_of(f.host for f in fingerprints if f.contacts)
    titles: dict[str, set[str]] = {}
    owners: dict[str, set[str]] = {}
    for f in fingerprints:
        for contact in f.contacts:
            titles.setdefault(contact, set()).add(f.title or f.exact_digest.hex())
            owners.setdefault(contact, set()).update(filter(None, [owner[f.host]]))
    return {contact: ContactUse(len(known), len(owners[contact])) for contact, known in titles.items()}


def _count_owners(owners: Iterable[str | None]) -> int:
    """How many of them differ; 1 where none is known."""
    return max(len(set(filter(None, owners))), 1)


def _outline_shares(families: Families) -> Iterator[tuple[Cluster, float]]:
    """Each family with the median outline similarity of its pairs."""
    by_member: dict[str, list[float]] = {}
    for pair in families.pairs:
        for member in (pair.a, pair.b):
            by_member.setdefault(member, []).append(pair.outline or 0.0)
    for cluster in families.clusters:
        shares = sorted(share for member in cluster.members for share in by_member.get(member, ()))
        yield cluster, shares[len(shares) // 2] if shares else 0.0
