"""Records into labelled documents: decode, repair, label the lines, strip."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from detector.errors import DecodeError, DetectorError
from detector.kit import Kit
from detector.page.blocks import Page, blocks_of
from detector.page.lines import LabelledText, label_pages, label_texts, strip
from detector.read.fields import valid_text
from detector.text.decode import decode
from detector.text.repair import repair_batch
from detector.text.script import script_of
from detector.types import Document, Failure, Record, Repaired


@dataclass(frozen=True, slots=True)
class _Source:
    """A record after decoding: its text, or the page that the text of its lines was taken from."""

    text: str
    charset: str | None
    chars_in: int
    page: Page | None = None


@dataclass(frozen=True, slots=True)
class _Mended:
    """A source after repair; the blocks of a page hold the repaired text."""

    source: _Source
    repaired: Repaired
    page: Page | None


def label(records: Sequence[Record], kit: Kit) -> list[Document | Failure]:
    """Decode and repair each record, label its lines, strip: the first half of `examine`."""
    sources = [guard("parse", record, _source) for record in records]
    mended = _in_batches("repair", records, sources, lambda _, batch: _mend(batch))
    pages = _in_batches("label", records, mended, lambda _, batch: _label_pages(batch, kit), _is_page)
    labelled = _in_batches("label", records, pages, lambda some, batch: _label_texts(some, batch, kit), _is_text)
    return [
        each if isinstance(each, Failure) else guard("strip", record, _document, *each)
        for record, each in zip(records, labelled, strict=True)
    ]


def text_of(record: Record) -> str | Failure:
    """The text of a record, decoded, before any repair."""
    made: tuple[str, str | None] | Failure = guard("decode", record, _text_of)
    return made if isinstance(made, Failure) else made[0]


def guard(stage: str, record: Record, step: Callable[..., Any], *more: Any) -> Any:
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


def _in_batches(
    stage: str,
    records: Sequence[Record],
    made: Sequence[Any],
    step: Callable[[Sequence[Record], Sequence[Any]], Sequence[Any]],
    wanted: Callable[[Any], bool] = lambda each: not isinstance(each, Failure),
) -> list[Any]:
    """`made` with what is `wanted` replaced by the results of `step` over all of it at once.

    Where the batch fails, the step is taken one by one, so that only the culprit is lost.
    """
    places = [i for i, each in enumerate(made) if wanted(each)]
    try:
        results = step([records[i] for i in places], [made[i] for i in places])
    except Exception:
        results = [guard(stage, records[i], lambda record, each: step([record], [each])[0], made[i]) for i in places]
    whole = list(made)
    for place, result in zip(places, results, strict=True):
        whole[place] = result
    return whole


def _is_page(each: object) -> bool:
    return isinstance(each, _Mended) and each.page is not None


def _is_text(each: object) -> bool:
    return isinstance(each, _Mended) and each.page is None


def _source(record: Record) -> _Source:
    content, charset = _text_of(record)
    if record.media == "html":
        page = blocks_of(content)
        return _Source("\n".join(block.text for block in page.blocks), charset, len(content), page)
    return _Source(content.replace("\r\n", "\n").replace("\r", "\n"), charset, len(content))


def _text_of(record: Record) -> tuple[str, str | None]:
    if isinstance(record.content, str):
        return valid_text(record.content), None
    decoded = decode(record.content, record.charset, html=record.media == "html")
    return decoded.text, decoded.charset


def _mend(batch: Sequence[_Source]) -> list[_Mended]:
    made = []
    for source, repaired in zip(batch, repair_batch([source.text for source in batch]), strict=True):
        page = source.page
        if page is not None and repaired.repairs:
            page = page.with_texts(repaired.text.split("\n") if page.blocks else [])
        made.append(_Mended(source, repaired, page))
    return made


def _label_pages(batch: Sequence[_Mended], kit: Kit) -> list[tuple[_Mended, LabelledText]]:
    labelled = label_pages([each.page for each in batch if each.page is not None], kit.rules)
    return list(zip(batch, labelled, strict=True))


def _label_texts(records: Sequence[Record], batch: Sequence[_Mended], kit: Kit) -> list[tuple[_Mended, LabelledText]]:
    labelled = label_texts([each.repaired.text for each in batch], [record.title for record in records], kit.rules)
    return list(zip(batch, labelled, strict=True))


def _title_of(labelled: LabelledText) -> str | None:
    """The title without the marks of a Markdown heading."""
    return (labelled.title or "").strip().lstrip("#").strip() or None


def _document(record: Record, mended: _Mended, labelled: LabelledText) -> Document:
    return Document(
        id=record.id,
        source=record.source,
        source_text=labelled.source_text,
        text=strip(labelled.source_text, labelled.lines),
        lines=labelled.lines,
        repairs=mended.repaired.repairs,
        holes=mended.repaired.holes,
        hidden=labelled.hidden,
        url=record.url,
        host=record.host,
        title=record.title or _title_of(labelled),
        published=record.published or labelled.published,
        author=labelled.author,
        script=script_of(labelled.source_text),
        charset=mended.source.charset,
        media=record.media,
        chars_in=mended.source.chars_in,
        extra=record.extra,
    )
