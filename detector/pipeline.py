"""The three verbs: records into examined documents, their small rows into relations, both into verdicts.

    examine(records, kit)      one document each; runs anywhere, in any number
    relate(fingerprints, ...)  the whole corpus; only small rows travel
    decide(fingerprint, ...)   one document each again
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.dup.relate import DuplicateSettings, Duplicates, find_duplicates
from detector.dup.sketch import Scheme, SketchTable, sketch_batch
from detector.judge.score import score
from detector.judge.signals import CorpusContext, contacts_of, corpus_evidence, document_evidence
from detector.page.blocks import Page, blocks_of
from detector.page.boilerplate import Boilerplate, line_hashes, relabel
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
from detector.types import Document, Evidence, Failure, Hole, Record, Repair, Repaired, Verdict


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
    chars_text: int
    chars_related: int
    repairs: int
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
class Relations:
    """What the whole corpus says about its documents, by document id."""

    duplicates: Duplicates
    families: Families
    contact_documents: Mapping[str, int]  # contact -> documents with different titles that give it


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


def fingerprint_all(
    records: Sequence[Record], documents: Sequence[Document | Failure], kit: Kit
) -> list[Examined | Failure]:
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
    rows = (LineRow(f.lines, f.host, f.exact_digest.hex()) for f in fingerprints)
    return learn(rows, settings.boilerplate_documents)


def settle(examined_documents: Sequence[Document], records: Sequence[Record], boilerplate: Boilerplate, kit: Kit) -> None:
    raise NotImplementedError


def relate(fingerprints: Sequence[Fingerprint], folded: Sequence[NDArray[np.uint16]], settings: Settings) -> Relations:
    """Relate documents by their small rows; `folded` is read only to verify candidates.

    Ids must be unique. The result depends on neither the order of the rows nor anything outside of them.
    """
    ids = [f.id for f in fingerprints]
    table = SketchTable.of([f.sketch for f in fingerprints])
    duplicates = find_duplicates(ids, table, folded, DuplicateSettings(threshold=settings.threshold))
    near = {member: cluster.id for cluster in duplicates.clusters for member in cluster.members}
    families = find_families(ids, [f.template for f in fingerprints], near=near)
    return Relations(duplicates, families, {})


def decide(fingerprint: Fingerprint, relations: Relations, kit: Kit) -> Verdict:
    """Judge one document by what it shows itself and by what its relations show."""
    raise NotImplementedError


def _guard(stage: str, record: Record, step: Callable[..., Any], *more: Any) -> Any:
    """The result of `step(record, *more)`, or a `Failure` that names the stage: one bad page must not end a run."""
    try:
        return step(record, *more)
    except DetectorError as error:
        return Failure(record.source if record.source == record.id else f"{record.source}#{record.id}", stage, str(error))
    except (Exception, RecursionError) as error:
        reason = f"{type(error).__name__}: {error}"
        return Failure(f"{record.source}#{record.id}", stage, reason)


def _prepare(record: Record) -> _Prepared:
    content, charset = _text_of(record)
    if record.media == "html":
        page = blocks_of(content)
        repaired = repair("\n".join(block.text for block in page.blocks))
        return _Prepared(repaired.text, repaired, charset, len(content), page.with_texts(repaired.text.split("\n")))
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
        title=record.title or labelled.title,
        published=record.published or labelled.published,
        author=labelled.author,
        script=script_of(labelled.source_text),
        charset=prepared.charset,
        media=record.media,
        chars_in=prepared.chars_in,
        extra=record.extra,
    )
