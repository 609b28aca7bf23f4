"""Weights of evidence to the steps of a waterfall, from the prior to the total."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

PRIOR = "prior"
REST = "further rules"


@dataclass(frozen=True, slots=True)
class Step:
    """One bar: the running total goes from `before` to `after` bits; `count` pieces of evidence gave it."""

    name: str
    kind: str
    before: float
    after: float
    count: int = 1

    @property
    def bits(self) -> float:
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Waterfall:
    """Prior, then the rules from the heaviest to the lightest; `total` is where the last step ends."""

    steps: tuple[Step, ...]

    @property
    def total(self) -> float:
        return self.steps[-1].after

    @property
    def probability(self) -> float:
        return probability(self.total)

    @property
    def span(self) -> tuple[float, float]:
        """The lowest and the highest point that any bar touches, zero among them; never empty."""
        points = [0.0, *(step.before for step in self.steps), *(step.after for step in self.steps)]
        low, high = min(points), max(points)
        return (low, high) if high > low else (low, low + 1.0)

    def extent(self, step: Step) -> tuple[float, float]:
        """Where the bar of `step` starts and how wide it is, both as shares of `span`."""
        low, high = self.span
        left, right = sorted((step.before, step.after))
        return (left - low) / (high - low), (right - left) / (high - low)

    @property
    def zero(self) -> float:
        """Where even odds lie, as a share of `span`."""
        low, high = self.span
        return -low / (high - low)


def probability(bits: float) -> float:
    """The probability that log2 odds of `bits` stand for.

    >>> probability(0.0), probability(1e9), probability(-1e9)
    (0.5, 1.0, 0.0)
    """
    if bits >= 0:
        return float(1 / (1 + 2.0 ** -min(bits, 1000.0)))
    odds = 2.0 ** max(bits, -1100.0)
    return float(odds / (1 + odds))


def waterfall(prior: float, evidence: Iterable[tuple[str, str, float]], max_steps: int = 20) -> Waterfall:
    """Steps for `(rule, kind, bits)` items: one a rule, the lightest rules past `max_steps` taken together.

    >>> [round(step.after, 2) for step in waterfall(-3.0, [("tail", "tail", 4.0), ("opener", "phrases", 0.5)]).steps]
    [-3.0, 1.0, 1.5]
    """
    sums: dict[tuple[str, str], tuple[float, int]] = {}
    for rule, kind, bits in evidence:
        total, count = sums.get((rule, kind), (0.0, 0))
        sums[rule, kind] = total + bits, count + 1
    ordered = sorted(sums.items(), key=lambda item: (-abs(item[1][0]), item[0]))
    steps = [Step(PRIOR, "", 0.0, prior)]
    for (rule, kind), (bits, count) in ordered[:max_steps]:
        steps.append(Step(rule, kind, steps[-1].after, steps[-1].after + bits, count))
    rest = ordered[max_steps:]
    if rest:
        bits = sum(item[1][0] for item in rest)
        steps.append(Step(REST, "", steps[-1].after, steps[-1].after + bits, sum(item[1][1] for item in rest)))
    return Waterfall(tuple(steps))
