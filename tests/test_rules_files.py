"""Every rule file proves itself: hits hit, misses miss, anchors hide nothing, no pattern blows up."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest
from judging import evidence_in

from detector.judge.signals import CORPUS_SIGNAL, SIGNALS
from detector.rules import Rule, RuleSet, load_rules, rules_folder
from detector.rules.load import OPTIONAL, REQUIRED
from detector.text.fold import fold_chars

RULES: RuleSet = load_rules(rules_folder())
LINE_RULES = [rule for rule in RULES.rules if rule.label is not None]
DOCUMENT_RULES = [rule for rule in RULES.rules if rule.label is None]
PATTERNS = [rule for rule in RULES.rules if rule.pattern is not None]
PROVED = [rule for rule in DOCUMENT_RULES if rule.signal != CORPUS_SIGNAL]

HOSTILE_CHARS = 6000
HOSTILE_SECONDS = 0.35  # a linear pattern needs a few milliseconds for 6,000 characters, a quadratic one seconds


def ids(rules: list[Rule]) -> list[str]:
    return [rule.id for rule in rules]


def fires(rule: Rule, text: str) -> bool:
    """Whether the rule fires on a line, or in the document that the text makes."""
    if rule.label is not None:
        return any(hit.rule.id == rule.id for hit in RULES.match_lines([text])[0])
    return any(item.rule == rule.id for item in evidence_in(text, RULES))


@pytest.mark.parametrize("rule", LINE_RULES + PROVED, ids=ids(LINE_RULES + PROVED))
def test_hits_hit(rule: Rule) -> None:
    for text in rule.hits:
        assert fires(rule, text), text


@pytest.mark.parametrize("rule", LINE_RULES + PROVED, ids=ids(LINE_RULES + PROVED))
def test_misses_miss(rule: Rule) -> None:
    for text in rule.misses:
        assert not fires(rule, text), text


@pytest.mark.parametrize("rule", PATTERNS, ids=ids(PATTERNS))
def test_misses_share_an_anchor(rule: Rule) -> None:
    for text in rule.misses:
        assert any(anchor in fold_chars(text) for anchor in rule.anchors), text


@pytest.mark.parametrize("rule", RULES.rules, ids=ids(list(RULES.rules)))
def test_rule_is_documented_and_proved(rule: Rule) -> None:
    assert rule.why.strip().endswith((".", "。"))
    assert rule.source.startswith(("hand-set", "fitted"))
    if rule.signal != CORPUS_SIGNAL:
        assert rule.misses
        # A shifted byte run is made by a converter: its golden cases are with the repair (tests/test_text_*).
        assert rule.hits or rule.id == "damage-shifted-bytes"


@pytest.mark.parametrize("rule", DOCUMENT_RULES, ids=ids(DOCUMENT_RULES))
def test_signal_is_known_and_evidence_weighs_something(rule: Rule) -> None:
    assert rule.signal is None or rule.signal == CORPUS_SIGNAL or rule.signal in SIGNALS
    assert rule.bits != 0.0


def test_every_signal_has_a_rule() -> None:
    assert set(SIGNALS) == {rule.signal for rule in RULES.signals} - {CORPUS_SIGNAL}


def test_there_are_forty_document_rules() -> None:
    assert len([rule for rule in DOCUMENT_RULES if rule.status != "off"]) >= 40


def test_ids_are_unique_and_equal_the_file_names() -> None:
    names = [path.stem for path in rules_folder().glob("*.toml")]
    assert sorted(names) == sorted({rule.id for rule in RULES.rules})


@pytest.mark.parametrize("rule", PATTERNS, ids=ids(PATTERNS))
def test_anchors_hide_nothing(rule: Rule) -> None:
    """Whatever a pattern matches in any sample of any rule, one of its anchors stands on the same line or text."""
    assert rule.pattern is not None
    for other in RULES.rules:
        for text in (*other.hits, *other.misses):
            folded = fold_chars(text)
            parts = [folded] if rule.within == "text" and rule.label is None else folded.split("\n")
            for part in parts:
                if any(match.end() > match.start() for match in rule.pattern.finditer(part)):
                    assert any(anchor in part for anchor in rule.anchors), part


@pytest.mark.parametrize("rule", PATTERNS, ids=ids(PATTERNS))
def test_no_pattern_blows_up_on_long_input(rule: Rule) -> None:
    assert rule.pattern is not None
    pieces = [*rule.anchors[:6], *(hit[: len(hit) * 2 // 3] for hit in rule.hits[:2])]
    for piece in pieces:
        for filler in ("", "的", " ", "a1", "#"):
            unit = fold_chars(piece) + filler * 3
            text = (unit * (HOSTILE_CHARS // len(unit) + 1))[:HOSTILE_CHARS]
            start = time.process_time()
            list(rule.pattern.finditer(text))
            assert time.process_time() - start < HOSTILE_SECONDS, unit


def test_keys_are_documented() -> None:
    text = (Path(__file__).resolve().parents[1] / "docs" / "rules.md").read_text(encoding="utf-8")
    for key in (*REQUIRED, *OPTIONAL):
        assert f"`{key}`" in text, key


def test_rules_name_no_address_of_this_machine_and_no_site() -> None:
    for path in rules_folder().glob("*.toml"):
        text = path.read_text(encoding="utf-8")
        assert "http://" not in text or "example" in text, path.name
        assert "/wo" + "rk/" not in text, path.name


sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))


@pytest.mark.parametrize("rule", [r for r in PATTERNS if r.label is None], ids=ids([r for r in PATTERNS if r.label is None]))
def test_every_possible_match_holds_an_anchor(rule: Rule) -> None:
    """By the structure of the pattern, not by samples: run `tools/cover_anchors.py --write` to add what lacks."""
    from cover_anchors import literals_of, missing

    assert literals_of(rule)
    assert missing(rule) == []
