"""Verdicts: bits add up exactly, a kind is capped openly, one kind alone makes no farm."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from detector.judge.evidence import Found, evidence_of
from detector.judge.score import KIND_CAP_BITS, MIN_KIND_BITS, PRIOR_BITS, score
from detector.rules import load_rules
from detector.settings import Settings
from detector.types import Evidence

SETTINGS = Settings()
KINDS = ["notice", "tail", "phrases", "holes"]


def item(kind: str, bits: float, rule: str = "r") -> Evidence:
    return Evidence(rule, kind, bits, 0, 2, "文字")


evidence = st.lists(
    st.builds(item, st.sampled_from(KINDS), st.integers(-64, 160).map(lambda n: n / 16), st.sampled_from("abcdef")),
    max_size=12,
)


@given(evidence)
def test_bits_are_prior_plus_listed_evidence_exactly(items: list[Evidence]) -> None:
    verdict = score(items, SETTINGS)
    assert verdict.bits == verdict.prior + sum(e.bits for e in verdict.evidence)
    assert verdict.probability == 1 / (1 + 2**-verdict.bits)
    assert len(verdict.evidence) == len(items)


@given(evidence, st.randoms())
def test_order_of_evidence_does_not_matter(items: list[Evidence], random: object) -> None:
    shuffled = list(items)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert score(shuffled, SETTINGS).bits == score(items, SETTINGS).bits
    assert score(shuffled, SETTINGS).kinds == score(items, SETTINGS).kinds


@given(evidence)
def test_no_kind_weighs_more_than_the_cap_and_cuts_are_shown(items: list[Evidence]) -> None:
    verdict = score(items, SETTINGS)
    for kind in KINDS:
        of_kind = [e for e in verdict.evidence if e.kind == kind]
        assert sum(e.bits for e in of_kind if e.bits > 0) <= KIND_CAP_BITS
    before = sum(e.bits for e in items)
    shown = sum(e.facts.get("uncapped_bits", e.bits) for e in verdict.evidence)
    assert shown == before


@given(evidence)
def test_farm_needs_two_kinds(items: list[Evidence]) -> None:
    verdict = score(items, SETTINGS)
    if verdict.farm:
        assert len(verdict.kinds) >= 2
        assert verdict.probability >= SETTINGS.farm_probability
    for kind in verdict.kinds:
        assert sum(e.bits for e in verdict.evidence if e.kind == kind) >= MIN_KIND_BITS


def test_more_evidence_of_one_kind_makes_no_farm() -> None:
    assert not score([item("notice", 6.0, r) for r in "abcdef"], SETTINGS).farm


def test_two_strong_kinds_make_a_farm() -> None:
    assert score([item("notice", 5.0), item("tail", 4.0)], SETTINGS).farm


def test_no_evidence_leaves_the_prior() -> None:
    verdict = score([], SETTINGS)
    assert (verdict.bits, verdict.farm, verdict.kinds) == (PRIOR_BITS, False, ())


def test_probability_of_the_settings_decides() -> None:
    items = [item("notice", 4.0), item("tail", 1.0 - PRIOR_BITS - 4.0)]  # one bit over the prior: 2/3
    assert score(items, Settings(farm_probability=0.6)).farm
    assert not score(items, Settings(farm_probability=0.9)).farm


def test_a_rule_on_trial_weighs_half_and_quotes_its_span() -> None:
    rule = replace(load_rules().get("notice-free-mail"), bits=4.0)
    found = Found(1, 3, 0.5, {"n": 1})
    assert evidence_of(rule, found, "一二三四").bits == 2.0
    assert evidence_of(replace(rule, status="trial"), found, "一二三四").bits == 1.0
    assert evidence_of(rule, found, "一二三四").quote == "二三"
