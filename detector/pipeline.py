"""The three verbs: records into examined documents, their small rows into relations, both into verdicts.

examine(records, kit)      one document each; runs anywhere, in any number
relate(fingerprints, ...)  the whole corpus; only small rows travel
decide(fingerprint, ...)   one document each again
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from detector.article import label
from detector.context import Relations, count_contacts
from detector.dup.relate import find_duplicates
from detector.dup.settings import DuplicateSettings
from detector.dup.sketch import SketchTable
from detector.fingerprint import Examined, Fingerprint, fingerprint_again, fingerprint_batch
from detector.judge.score import score
from detector.judge.signals import CorpusContext, corpus_evidence
from detector.kit import Kit, make_kit
from detector.page.boilerplate import Boilerplate, LineRow, learn, relabel
from detector.settings import Settings
from detector.template.family import find_families
from detector.types import Document, Failure, Pair, Record, Verdict

__all__ = [
    "Examined",
    "Fingerprint",
    "Kit",
    "Relations",
    "decide",
    "examine",
    "learn_boilerplate",
    "make_kit",
    "relate",
    "relate_pair",
    "settle",
]


def examine(records: Sequence[Record], kit: Kit) -> list[Examined | Failure]:
    """Decode, repair, label and fingerprint each record; what fails is a `Failure` at its place."""
    return fingerprint_batch(records, label(records, kit), kit)


def learn_boilerplate(fingerprints: Iterable[Fingerprint], settings: Settings) -> Boilerplate:
    """Lines that repeat over the corpus though the texts around them differ."""
    rows = [LineRow(f.lines, f.host, f.exact_digest.hex()) for f in fingerprints]
    return learn(rows, settings.boilerplate_documents)


def settle(
    documents: Sequence[Document], folded: Sequence[NDArray[np.uint16]], boilerplate: Boilerplate, kit: Kit
) -> list[Examined | None]:
    """Each document examined again without the lines that the corpus showed to be boilerplate; None if it has none.

    `folded` are the texts that `examine` compared: they stay where the comparison is not on the stripped body.
    """
    cleaned = [relabel(document, boilerplate) for document in documents]
    changed = [i for i, (before, after) in enumerate(zip(documents, cleaned, strict=True)) if after is not before]
    again = iter(fingerprint_again([cleaned[i] for i in changed], [folded[i] for i in changed], kit))
    touched = set(changed)
    return [next(again) if i in touched else None for i in range(len(documents))]


def relate(
    fingerprints: Sequence[Fingerprint],
    folded: Sequence[NDArray[np.uint16]],
    kit: Kit,
    priority: Sequence[int] | None = None,
) -> Relations:
    """Relate documents by their small rows; `folded` is read only to verify candidates.

    Ids must be unique; `priority` is lower for documents that should represent their cluster. The result depends on
    neither the order of the rows nor anything outside of them.
    """
    ids = [f.id for f in fingerprints]
    table = SketchTable(
        kit.scheme,
        np.array([f.sketch for f in fingerprints], dtype=np.uint32).reshape(len(ids), kit.scheme.slots),
        np.array([f.n_shingles for f in fingerprints], dtype=np.int64),
        np.frombuffer(b"".join(f.exact_digest for f in fingerprints), dtype=np.uint8).reshape(len(ids), 16),
    )
    duplicates = find_duplicates(ids, table, folded, _duplicate_settings(kit.settings), priority)
    copies = {m: c.id for c in duplicates.clusters for m in c.members if c.relation == "near"}
    families = find_families(ids, [f.template for f in fingerprints], kit.settings, copies)
    return Relations(duplicates, families, count_contacts(fingerprints))


def relate_pair(a: Examined, b: Examined, kit: Kit) -> Pair | None:
    """The strongest relation of two documents, or None; the ids are made distinct for it."""
    names = ("a", "b") if a.fingerprint.id == b.fingerprint.id else (a.fingerprint.id, b.fingerprint.id)
    rows = [replace(x.fingerprint, id=name) for x, name in zip((a, b), names, strict=True)]
    relations = relate(rows, [a.folded, b.folded], kit)
    found = {pair.relation: pair for pair in (*relations.families.pairs, *relations.duplicates.pairs)}
    return next((found[r] for r in ("exact", "near", "contained", "templated") if r in found), None)


def decide(fingerprint: Fingerprint, context: CorpusContext | None, kit: Kit) -> Verdict:
    """Judge one document by what it shows itself and, where it has a context, by what its relations show."""
    relations = corpus_evidence(context, kit.rules) if context else ()
    return score((*fingerprint.evidence, *relations), kit.settings)


def _duplicate_settings(settings: Settings) -> DuplicateSettings:
    return DuplicateSettings(threshold=settings.threshold, containment=settings.containment)
