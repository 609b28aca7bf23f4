"""The three verbs: records into examined documents, their small rows into relations, both into verdicts.

examine(records, kit)      one document each; runs anywhere, in any number
relate(fingerprints, ...)  the whole corpus; only small rows travel
decide(fingerprint, ...)   one document each again
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.dup.relate import Duplicates, find_duplicates
from detector.dup.scheme import Scheme
from detector.dup.settings import DuplicateSettings
from detector.dup.sketch import SketchTable, sketch_folded
from detector.errors import DecodeError, DetectorError
from detector.judge.score import score
from detector.judge.signals import CorpusContext, contacts_of, corpus_evidence, document_evidence
from detector.page.blocks import Page, blocks_of
from detector.page.boilerplate import Boilerplate, LineRow, learn, line_hashes, relabel
from detector.page.lines import LabelledText, label_pages, label_texts, strip
from detector.read.fields import record_digest, valid_text
from detector.rules import RuleSet, load_rules
from detector.settings import Settings
from detector.template.family import Families, find_families
from detector.template.features import TemplateRow, template_row
from detector.template.outline import outline
from detector.text.decode import decode
from detector.text.fold import fold
from detector.text.repair import repair
from detector.text.script import script_of
from detector.types import Cluster, Document, Evidence, Failure, Pair, Record, Repaired, Verdict


@dataclass(frozen=True, slots=True)
class Kit:
    """What every stage needs beside its input, built once a process."""

    settings: Settings
    rules: RuleSet
    scheme: Scheme


def make_kit(settings: Settings) -> Kit:
    """Load the rules and fix the scheme of the sketches."""
    rules = load_rules(Path(settings.rules) if settings.rules else None)
    return Kit(settings, rules, Scheme())


_NO_SKETCH = np.empty(0, dtype=np.uint32)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The small row of a document: all that travels to `relate` and `decide`."""

    id: str
    record_digest: str
    source: str
    host: str | None
    title: str | None
    published: str | None
    chars_in: int
    chars_body: int
    has_text: bool  # whether anything but blanks is left of it
    chars_text: int
    chars_related: int
    chars_repeated: int  # in lines that the corpus showed to be boilerplate
    repairs: int
    labels: Mapping[str, int]  # lines a label
    sketch: NDArray[np.uint32]  # uint32[slots]
    n_shingles: int
    exact_digest: bytes
    template: TemplateRow
    lines: NDArray[np.uint64]  # a hash for each line that may be boilerplate
    contacts: tuple[str, ...]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Examined:
    """One document after `examine`: the document stays where it is, the fingerprint travels."""

    document: Document
    fingerprint: Fingerprint
    folded: NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class ContactUse:
    """How widely one contact is given."""

    titles: int  # different titles of the documents that give it
    hosts: int


@dataclass(frozen=True, slots=True)
class Relations:
    """What the whole corpus says about its documents, by document id."""

    duplicates: Duplicates
    families: Families
    contacts: Mapping[str, ContactUse]


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A record after decoding and repair: the text of its lines, or the page that they were taken from."""

    text: str
    repaired: Repaired
    charset: str | None
    chars_in: int
    page: Page | None = None


def examine(records: Sequence[Record], kit: Kit) -> list[Examined | Failure]:
    """Decode, repair, label and fingerprint each record; what fails is a `Failure` at its place."""
    return fingerprint_all(records, label(records, kit), kit)


def label(records: Sequence[Record], kit: Kit) -> list[Document | Failure]:
    """The first half of `examine`: decode, repair, label the lines, strip."""
    prepared = [_guard("repair", record, _prepare) for record in records]
    labelled = _label_all(records, prepared, kit)
    return [
        each if isinstance(each, Failure) else _guard("strip", record, _document, *each)
        for record, each in zip(records, labelled, strict=True)
    ]


def fingerprint_all(records: Sequence[Record], documents: Sequence[Document | Failure], kit: Kit) -> list[Examined | Failure]:
    """The second half of `examine`: sketch, outline and evidence of labelled documents."""
    made = [
        each if isinstance(each, Failure) else _guard("fingerprint", record, _fingerprint, each, kit)
        for record, each in zip(records, documents, strict=True)
    ]
    whole = [each for each in made if isinstance(each, Examined)]
    sketched = iter(_sketch_all(whole, kit))
    return [each if isinstance(each, Failure) else next(sketched) for each in made]


def learn_boilerplate(fingerprints: Iterable[Fingerprint], settings: Settings) -> Boilerplate:
    """Lines that repeat over the corpus though the texts around them differ."""
    rows = [LineRow(f.lines, f.host, f.exact_digest.hex()) for f in fingerprints]
    return learn(rows, settings.boilerplate_documents)


def settle(document: Document, boilerplate: Boilerplate, kit: Kit) -> Examined | None:
    """The document examined again without the lines that the corpus showed to be boilerplate; None if it has none."""
    cleaned = relabel(document, boilerplate)
    if cleaned is document:
        return None
    return _sketch_all([_fingerprint(None, cleaned, kit)], kit)[0]


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


def contexts(fingerprints: Sequence[Fingerprint], relations: Relations) -> dict[str, CorpusContext]:
    """What the relations say of each document; documents without any are absent."""
    rows = {f.id: f for f in fingerprints}
    facts: dict[str, dict[str, Any]] = {}
    for cluster in relations.duplicates.clusters:
        if cluster.relation == "near":
            hosts = len({rows[m].host for m in cluster.members if rows[m].host})
            for member in cluster.members:
                facts.setdefault(member, {}).update(near_size=len(cluster.members), near_hosts=max(hosts, 1))
    for cluster, outline_share in _outline_shares(relations.families):
        members = [rows[m] for m in cluster.members]
        known = {
            "family_size": len(members),
            "family_hosts": max(len({m.host for m in members if m.host}), 1),
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


def count_contacts(fingerprints: Iterable[Fingerprint]) -> dict[str, ContactUse]:
    """Every contact that a document gives, with the number of different titles and hosts of those documents."""
    titles: dict[str, set[str]] = {}
    hosts: dict[str, set[str]] = {}
    for f in fingerprints:
        for contact in f.contacts:
            titles.setdefault(contact, set()).add(f.title or f.exact_digest.hex())
            hosts.setdefault(contact, set()).update([f.host] if f.host else [])
    return {contact: ContactUse(len(known), len(hosts[contact])) for contact, known in titles.items()}


def _outline_shares(families: Families) -> Iterator[tuple[Cluster, float]]:
    """Each family with the median outline similarity of its pairs."""
    by_member: dict[str, list[float]] = {}
    for pair in families.pairs:
        for member in (pair.a, pair.b):
            by_member.setdefault(member, []).append(pair.outline or 0.0)
    for cluster in families.clusters:
        shares = sorted(share for member in cluster.members for share in by_member.get(member, ()))
        yield cluster, shares[len(shares) // 2] if shares else 0.0


def _guard(stage: str, record: Record, step: Callable[..., Any], *more: Any) -> Any:
    """The result of `step(record, *more)`, or a `Failure` that names the stage: one bad page must not end a run."""
    where = place_of(record)
    try:
        return step(record, *more)
    except DecodeError as error:
        return Failure(where, "decode", str(error))
    except DetectorError as error:
        return Failure(where, stage, str(error))
    except Exception as error:
        return Failure(where, stage, valid_text(f"{type(error).__name__}: {error}"))


def place_of(record: Record) -> str:
    """How a failure names a record: its file, and its id where that is not the file."""
    return record.source if record.source == record.id else f"{record.source}#{record.id}"


def _prepare(record: Record) -> _Prepared:
    content, charset = _text_of(record)
    if record.media == "html":
        page = blocks_of(content)
        repaired = repair("\n".join(block.text for block in page.blocks))
        texts = repaired.text.split("\n") if page.blocks else []
        return _Prepared(repaired.text, repaired, charset, len(content), page.with_texts(texts))
    repaired = repair(content.replace("\r\n", "\n").replace("\r", "\n"))
    return _Prepared(repaired.text, repaired, charset, len(content))


def _text_of(record: Record) -> tuple[str, str | None]:
    if isinstance(record.content, str):
        return valid_text(record.content), None
    decoded = decode(record.content, record.charset, html=record.media == "html")
    return decoded.text, decoded.charset


def text_of(record: Record) -> str | Failure:
    """The text of a record, decoded, before any repair."""
    made: tuple[str, str | None] | Failure = _guard("decode", record, _text_of)
    return made if isinstance(made, Failure) else made[0]


def _label_all(
    records: Sequence[Record], prepared: Sequence[_Prepared | Failure], kit: Kit
) -> list[tuple[_Prepared, LabelledText] | Failure]:
    """Label pages and texts in one batch each; where a batch fails, one by one, so that only the culprit is lost."""
    made: list[Any] = list(prepared)
    for is_page in (False, True):
        places = [i for i, p in enumerate(prepared) if isinstance(p, _Prepared) and (p.page is not None) == is_page]
        try:
            labelled = _label_batch([records[i] for i in places], [prepared[i] for i in places], kit)  # type: ignore[misc]
        except Exception:
            one = lambda record, each: _label_batch([record], [each], kit)[0]  # noqa: E731
            labelled = [_guard("label", records[i], one, prepared[i]) for i in places]
        for place, label_of in zip(places, labelled, strict=True):
            made[place] = label_of if isinstance(label_of, Failure) else (prepared[place], label_of)
    return made


def _label_batch(records: Sequence[Record], prepared: Sequence[_Prepared], kit: Kit) -> list[LabelledText]:
    if prepared and prepared[0].page is not None:
        return label_pages([p.page for p in prepared if p.page is not None], kit.rules)
    return label_texts([p.text for p in prepared], [r.title for r in records], kit.rules)


def _title_of(labelled: LabelledText) -> str | None:
    """The title without the marks of a Markdown heading."""
    return (labelled.title or "").strip().lstrip("#").strip() or None


def _document(record: Record, prepared: _Prepared, labelled: LabelledText) -> Document:
    return Document(
        id=record.id,
        source=record.source,
        source_text=labelled.source_text,
        text=strip(labelled.source_text, labelled.lines),
        lines=labelled.lines,
        repairs=prepared.repaired.repairs,
        holes=prepared.repaired.holes,
        hidden=labelled.hidden,
        url=record.url,
        host=record.host,
        title=record.title or _title_of(labelled),
        published=record.published or labelled.published,
        author=labelled.author,
        script=script_of(labelled.source_text),
        charset=prepared.charset,
        media=record.media,
        chars_in=prepared.chars_in,
        extra=record.extra,
    )


def _fingerprint(record: Record | None, document: Document, kit: Kit) -> Examined:
    """The small row but for its sketch, which is made for many documents at once."""
    related = sum(line.end - line.start for line in document.lines if line.label == "related")
    repeated = sum(line.end - line.start for line in document.lines if any(r.startswith("corpus:") for r in line.rules))
    row = Fingerprint(
        id=document.id,
        record_digest=record_digest(record) if record else "",
        source=document.source,
        host=document.host,
        title=document.title,
        published=document.published,
        chars_in=document.chars_in,
        chars_body=len(document.text),
        has_text=not (document.text.isspace() or not document.text),
        chars_text=len(document.source_text),
        chars_related=related,
        chars_repeated=repeated,
        repairs=len(document.repairs),
        labels=Counter(line.label for line in document.lines),
        sketch=_NO_SKETCH,
        n_shingles=0,
        exact_digest=b"",
        template=template_row(document),
        lines=line_hashes(document),
        contacts=contacts_of(document),
        evidence=document_evidence(document, outline(document), kit.rules),
    )
    compared = {"body": document.text, "text": document.source_text, "raw": document.source_text}[kit.settings.on]
    if kit.settings.on == "raw" and record is not None:
        raw = text_of(record)
        compared = raw if isinstance(raw, str) else compared
    return Examined(document, row, fold(compared))


def _sketch_all(examined: Sequence[Examined], kit: Kit) -> list[Examined]:
    """Fill in the sketches of a batch."""
    if not examined:
        return []
    offsets = np.cumsum([0, *(len(each.folded) for each in examined)], dtype=np.int64)
    table = sketch_folded(np.concatenate([each.folded for each in examined]), offsets, kit.scheme)
    return [
        replace(
            each,
            fingerprint=replace(each.fingerprint, sketch=s.values, n_shingles=s.n_shingles, exact_digest=s.exact_digest),
        )
        for each, s in zip(examined, map(table.__getitem__, range(len(table))), strict=True)
    ]


def _duplicate_settings(settings: Settings) -> DuplicateSettings:
    return DuplicateSettings(threshold=settings.threshold, containment=settings.containment)
