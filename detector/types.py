"""The values that travel between the stages: frozen, small, and made of spans, never of copies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

Label = Literal[
    "title",
    "heading",
    "body",
    "byline",
    "navigation",
    "caption",
    "teaser",
    "related",
    "disclaimer",
    "promotion",
    "spam",
]
LABELS: tuple[Label, ...] = get_args(Label)
BODY_LABELS: frozenset[Label] = frozenset({"title", "heading", "body"})

Media = Literal["text", "html"]
Script = Literal["hans", "hant", "mixed", "other"]
RelationName = Literal["exact", "near", "contained", "templated"]


@dataclass(frozen=True, slots=True)
class Record:
    """One input document as it was read, before any stage has touched it."""

    id: str
    source: str  # the file it came from, relative to the input that named it
    content: str | bytes
    media: Media = "text"
    url: str | None = None
    host: str | None = None
    title: str | None = None
    published: str | None = None
    charset: str | None = None  # declared outside the content, as in a WARC or HTTP header
    extra: Mapping[str, Any] = field(default_factory=dict)  # unknown columns, passed through
    columns: Mapping[str, str] = field(default_factory=dict)  # role -> the column that held it


@dataclass(frozen=True, slots=True)
class Repair:
    """One fix that was made: at code point `start` of the text before it, `before` became `after`."""

    kind: str
    line: int  # 1-based
    before: str
    after: str
    start: int


@dataclass(frozen=True, slots=True)
class Hole:
    """A place where words were deleted; the text stays, `suggestion` is set where one reading is far likelier."""

    start: int  # code points of the repaired text
    end: int
    quote: str
    suggestion: str | None = None


@dataclass(frozen=True, slots=True)
class Repaired:
    """A text after all fixes, with the fixes in the order in which they were made."""

    text: str
    repairs: tuple[Repair, ...] = ()
    holes: tuple[Hole, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One physical line of a text, or one block of a page, with its label.

    `start` and `end` count code points of `Document.source_text`. `level` is the depth of a heading
    (1 is the highest below the title) and 0 for every other label. `rules` names what made the label:
    ids of rules, or `model` features such as `model:link_density`.
    """

    number: int
    start: int
    end: int
    label: Label
    rules: tuple[str, ...] = ()
    level: int = 0


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason of a verdict: `bits` of log2 odds, and the exact span that gave it.

    `start` and `end` count code points of `Document.source_text`; both are 0 and `quote` is empty for
    evidence that lies in the corpus rather than in the text. `kind` groups evidence that is not
    independent (`notice`, `tail`, `spam`, `holes`, `skeleton`, `phrases`, ...).
    """

    rule: str
    kind: str
    bits: float
    start: int
    end: int
    quote: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Document:
    """A document that was read, repaired and labelled.

    `source_text` is the whole repaired text, the one that every span counts in. `text` is what is left of it
    when all but title, headings and body is stripped; it equals `source_text` where nothing was stripped.
    """

    id: str
    source: str
    source_text: str
    text: str
    lines: tuple[Line, ...]
    repairs: tuple[Repair, ...] = ()
    holes: tuple[Hole, ...] = ()
    hidden: tuple[str, ...] = ()  # text that a page hides from its readers
    url: str | None = None
    host: str | None = None
    title: str | None = None
    published: str | None = None
    author: str | None = None
    script: Script = "other"
    charset: str | None = None  # what the bytes were decoded as; None where the input was text
    media: Media = "text"
    chars_in: int = 0
    extra: Mapping[str, Any] = field(default_factory=dict)

    def line_text(self, line: Line) -> str:
        return self.source_text[line.start : line.end]


@dataclass(frozen=True, slots=True)
class Heading:
    """One entry of an outline."""

    start: int  # code points of `Document.source_text`
    end: int
    level: int  # 1 is the highest
    style: str  # numbering style: cjk, cjk_paren, decimal, decimal_dot, circled, ordinal, faq, markdown, html, bare
    text: str  # without its numbering
    role: str  # overview, status, manifestation, cause, effect, law, measures, steps, cases, ... or "other"


@dataclass(frozen=True, slots=True)
class Sketch:
    """A MinHash sketch of the folded shingles of one text.

    `scheme` is the digest of fold table, shingle length, slots, seed and version; only sketches of one scheme can be
    compared. `values` is uint32[slots]. A text too short for a shingle has `n_shingles == 0` and is related by
    `exact_digest` alone.
    """

    scheme: str
    values: NDArray[np.uint32]
    n_shingles: int
    exact_digest: bytes  # blake2b-128 of the folded text

    def to_datasketch(self) -> Any:
        """The same sketch as a `datasketch.MinHash`, for its LSH, Forest and Ensemble containers.

        Raises:
            ImportError: datasketch is not installed; `pip install 'content-farm-detector[datasketch]'`.
        """
        from detector.dup.interchange import to_datasketch

        return to_datasketch(self)

    @staticmethod
    def from_datasketch(minhash: Any) -> Sketch:
        """The sketch of a `datasketch.MinHash`; comparing it with one of another hashing raises SchemeError."""
        from detector.dup.interchange import from_datasketch

        return from_datasketch(minhash)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two related documents, `a < b`. For `contained`, `containment` is that of the smaller in the larger."""

    a: str
    b: str
    relation: RelationName
    jaccard: float | None = None
    containment: float | None = None
    outline: float | None = None  # outline similarity, 0 to 1
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cluster:
    """Documents of one exact, near or templated group around a representative, members sorted by id."""

    id: str
    relation: RelationName
    representative: str
    members: tuple[str, ...]
    min_jaccard: float | None = None
    median_jaccard: float | None = None
    chained: int = 0  # documents that single linkage would have added


@dataclass(frozen=True, slots=True)
class Slot:
    """One variable place of a skeleton, with its values and how many members hold each, most frequent first."""

    name: str  # "1", "2", ...: shown as 〔1〕 in the skeleton
    values: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Family:
    """Documents written on one template."""

    id: str
    members: tuple[str, ...]
    hosts: tuple[str, ...]
    skeleton: tuple[str, ...]  # in order, slots as 〔1〕; an optional line starts with "? "
    slots: tuple[Slot, ...]
    coverage: Mapping[str, float]  # member -> share of the skeleton that it holds
    shared: Mapping[str, Any] = field(default_factory=dict)  # stock sentences, contacts, dates, ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """Farm or not, with `bits == prior + sum(e.bits for e in evidence)` and `probability == 1 / (1 + 2**-bits)`."""

    farm: bool
    probability: float
    bits: float
    prior: float
    kinds: tuple[str, ...]  # independent kinds of evidence, sorted
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """An input that could not be processed: nothing is lost, it is listed with stage and reason."""

    source: str
    stage: str
    reason: str
