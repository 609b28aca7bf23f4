"""Texts and pages into labelled documents with their outline, as the pipeline makes them: for tests of rules and judge."""

from __future__ import annotations

from detector.judge.score import score
from detector.judge.signals import document_evidence
from detector.page.blocks import blocks_of
from detector.page.lines import label_pages, label_texts, strip
from detector.rules import RuleSet
from detector.settings import Settings
from detector.template.outline import outline
from detector.text.repair import repair
from detector.types import Document, Evidence, Line, Repaired, Verdict


def document_of(content: str, rules: RuleSet, title: str | None = None) -> Document:
    """The document of one text, or of one page where `content` starts with a tag."""
    if content.lstrip()[:9].lower() in ("<!doctype", "<html><he"):
        labelled = label_pages([blocks_of(content)], rules)[0]
        repaired = Repaired(labelled.source_text)
    else:
        repaired = repair(content.strip("\n"))
        labelled = label_texts([repaired.text], [title], rules)[0]
    return Document(
        id="d",
        source="test",
        source_text=labelled.source_text,
        text=strip(labelled.source_text, labelled.lines),
        lines=labelled.lines,
        repairs=repaired.repairs,
        holes=repaired.holes,
        hidden=tuple(labelled.hidden),
        title=title or labelled.title,
        chars_in=len(content),
    )


def document_of_lines(lines: list[tuple[str, str]], **fields: object) -> Document:
    """A document whose labels are given: (label, text) for each line, so that a test needs no labeller."""
    text, made = "", []
    for number, (label, words) in enumerate(lines, start=1):
        made.append(Line(number, len(text), len(text) + len(words), label))  # type: ignore[arg-type]
        text += words + "\n"
    return Document(id="d", source="test", source_text=text, text=text, lines=tuple(made), **fields)  # type: ignore[arg-type]


def evidence_in(content: str, rules: RuleSet, title: str | None = None) -> tuple[Evidence, ...]:
    document = document_of(content, rules, title)
    return document_evidence(document, outline(document), rules)


def verdict_on(content: str, rules: RuleSet, title: str | None = None) -> Verdict:
    return score(evidence_in(content, rules, title), Settings())
