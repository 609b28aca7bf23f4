"""Values become rows of the output files."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from detector.judge.sites import Site
from detector.types import BODY_LABELS, Cluster, Document, Evidence, Failure, Family, Pair, Repair, Verdict
from detector.write import TABLES, rounded

_TAKEN = frozenset(TABLES["documents"])


@dataclass(frozen=True, slots=True)
class Membership:
    """The groups that a document is in, by id."""

    exact_group: str | None = None
    near_cluster: str | None = None
    template_family: str | None = None
    contained_in: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a document stays in the clean corpus, and why not."""

    keep: bool
    reason: str | None = None  # empty, farm, exact, near, contained, templated
    kept: str | None = None  # the document that stays in its place
    facts: Mapping[str, Any] | None = None  # Jaccard, containment and the rule that chose


def document_row(document: Document, final_id: str, verdict: Verdict, groups: Membership, decision: Decision) -> dict[str, Any]:
    """A row of `documents`; columns of the input that have no role follow after ours."""
    row = {
        "id": final_id,
        "source": document.source,
        "url": document.url,
        "host": document.host,
        "title": document.title,
        "published": document.published,
        "script": document.script,
        "text": document.text,
        "chars_in": document.chars_in,
        "chars_body": len(document.text),
        "repairs": [repair_item(r) for r in document.repairs],
        "farm": verdict.farm,
        "farm_probability": rounded(verdict.probability),
        "farm_bits": rounded(verdict.bits),
        "kinds": list(verdict.kinds),
        "evidence": [evidence_item(e) for e in verdict.evidence],
        "exact_group": groups.exact_group,
        "near_cluster": groups.near_cluster,
        "template_family": groups.template_family,
        "contained_in": groups.contained_in,
        "keep": decision.keep,
        "reason": decision.reason,
        "author": document.author,
        "charset": document.charset,
        "holes": [{"start": h.start, "end": h.end, "quote": h.quote, "suggestion": h.suggestion} for h in document.holes],
        "repaired": document.source_text if document.source_text != document.text else None,
    }
    for name, value in document.extra.items():
        row[_free(name, document.extra)] = value
    return row


def _free(name: str, names: Collection[str]) -> str:
    """`name`, or where it is one of our columns, `input_name`, with more of `input_` where that is taken, too."""
    if name not in _TAKEN:
        return name
    name = f"input_{name}"
    while name in names:
        name = f"input_{name}"
    return name


def repair_item(repair: Repair) -> dict[str, Any]:
    """One item of `repairs`; `start` counts in the text as it was before this fix."""
    return {"kind": repair.kind, "line": repair.line, "before": repair.before, "after": repair.after, "start": repair.start}


def evidence_item(evidence: Evidence) -> dict[str, Any]:
    """One item of `evidence`: its offsets count in the repaired text."""
    return {
        "rule": evidence.rule,
        "kind": evidence.kind,
        "bits": rounded(evidence.bits),
        "start": evidence.start,
        "end": evidence.end,
        "quote": evidence.quote,
        "facts": dict(evidence.facts),
    }


def line_rows(document: Document, final_id: str) -> Iterator[dict[str, Any]]:
    """Rows of `lines`: `start`, `end` count in the repaired text, `text_start`, `text_end` in the cleaned `text`.

    A stripped line has an empty span in `text`, at the place where it stood.
    """
    position = 0
    for line in document.lines:
        start = end = position
        if line.label in BODY_LABELS:
            quote = document.line_text(line)
            start = document.text.find(quote, position)
            if start < 0:  # a blank margin of the text was trimmed with it
                quote = quote.strip()
                start = max(document.text.find(quote, position), position)
            end = position = start + len(quote)
        yield {
            "document": final_id,
            "line": line.number,
            "label": line.label,
            "text_start": start,
            "text_end": end,
            "rules": list(line.rules),
            "level": line.level,
            "start": line.start,
            "end": line.end,
        }


def pair_row(pair: Pair) -> dict[str, Any]:
    return {
        "a": pair.a,
        "b": pair.b,
        "relation": pair.relation,
        "jaccard": rounded(pair.jaccard),
        "containment": rounded(pair.containment),
        "outline": rounded(pair.outline),
        "facts": dict(pair.facts),
    }


def cluster_row(cluster: Cluster) -> dict[str, Any]:
    return {
        "id": cluster.id,
        "relation": cluster.relation,
        "representative": cluster.representative,
        "members": list(cluster.members),
        "min_jaccard": rounded(cluster.min_jaccard),
        "median_jaccard": rounded(cluster.median_jaccard),
        "chained": cluster.chained,
    }


def family_row(family: Family) -> dict[str, Any]:
    return {
        "id": family.id,
        "members": list(family.members),
        "hosts": list(family.hosts),
        "skeleton": list(family.skeleton),
        "slots": [{"name": s.name, "values": [list(v) for v in s.values]} for s in family.slots],
        "coverage": {k: rounded(v) for k, v in sorted(family.coverage.items())},
        "shared": dict(family.shared),
    }


def site_row(site: Site) -> dict[str, Any]:
    return asdict(site)


def failure_row(failure: Failure) -> dict[str, Any]:
    return asdict(failure)


def removed_row(final_id: str, decision: Decision, verdict: Verdict) -> dict[str, Any]:
    """A row of `removed`; `evidence` lists what made a farm page, or the rule and figures that chose another copy."""
    if decision.reason == "farm":
        evidence = [evidence_item(e) for e in verdict.evidence]
    else:
        evidence = [{k: rounded(v) if isinstance(v, float) else v for k, v in (decision.facts or {}).items()}]
    return {"id": final_id, "reason": decision.reason, "kept": decision.kept, "evidence": evidence}
