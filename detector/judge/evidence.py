"""What a signal found in a view, and the rule that asked for it, into one `Evidence`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from detector.rules import Rule
from detector.types import Evidence

GRAIN = 16  # bits are multiples of 1/16, which binary fractions hold exactly: a sum is the same in any order
TRIAL_SHARE = 0.5  # a rule on trial counts half: shown, but it decides nothing alone
MAX_QUOTE = 200  # code points; a longer span is cut, so that `quote` is always the text at the span


@dataclass(frozen=True, slots=True)
class Found:
    """A span that a signal found, with the numbers behind it; `weight` scales the bits of its rule (0 to 1)."""

    start: int = 0
    end: int = 0
    weight: float = 1.0
    facts: Mapping[str, Any] = field(default_factory=dict)


def evidence_of(rule: Rule, found: Found, source_text: str) -> Evidence:
    """The evidence of one find; `quote` is `source_text[start:end]`."""
    end = min(found.end, found.start + MAX_QUOTE)
    share = TRIAL_SHARE if rule.status == "trial" else 1.0
    return Evidence(
        rule=rule.id,
        kind=rule.kind,
        bits=round(rule.bits * share * found.weight * GRAIN) / GRAIN,
        start=found.start,
        end=end,
        quote=source_text[found.start : end],
        facts=found.facts,
    )
