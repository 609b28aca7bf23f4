"""Counts of each rule over honest and farm documents into bits, for the rules whose `source` says `fitted`.

    python tools/fit_bits.py             the table
    python tools/fit_bits.py --write     and `bits` and `source` of the fitted rules

A weight is SHRINK times the log2 of the ratio of two smoothed rates, in steps of half a bit, at most MAX_BITS:

* the rate on farm pages, from few pages of few operators (seeds, pages of other topics, dirty pages of a crawl);
* the rate on honest documents: that of the worst set of at least MIN_SET documents where it is above the pooled one,
  since the next corpus will be more like one of the sets than like their mixture.

SHRINK is a half because rules of one page are not independent though their bits are added. Rules that fire on fewer
than MIN_HONEST honest documents have no honest rate to speak of: their weight stays set by hand.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from dataclasses import dataclass
from math import log2
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "bench"))

from farms import HONEST, judged, records_of  # noqa: E402

from detector.kit import Kit, make_kit  # noqa: E402
from detector.rules import Rule, rules_folder  # noqa: E402
from detector.settings import Settings  # noqa: E402

FARM_SETS = ("seeds", "unseen:dev", "chinesewebtext_cc:dirty")
HONEST_SETS = (*HONEST, "wechat_security", "unseen:honest")
LIMIT = 3000  # documents of a set at most
MIN_SET = 100
MIN_HONEST = 5
SHRINK = 0.5
MAX_BITS = 6.0
PSEUDO = 0.5  # added to hits, 1 to documents (Krichevsky and Trofimov 1981)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many documents of each set a rule fired on."""

    farm: int
    farms: int
    honest: int
    honests: int
    worst: float  # smoothed rate of the worst large honest set

    @property
    def bits(self) -> float:
        farm = (self.farm + PSEUDO) / (self.farms + 2 * PSEUDO)
        honest = max((self.honest + PSEUDO) / (self.honests + 2 * PSEUDO), self.worst)
        return max(0.5, min(MAX_BITS, round(2 * SHRINK * log2(farm / honest)) / 2))

    @property
    def source(self) -> str:
        honest = f"{self.honest} of {self.honests} honest documents ({self.worst:.1%} of the worst set)"
        return f"fitted: {self.farm} of {self.farms} farm pages, {honest}"


def fired(name: str, kit: Kit) -> tuple[Counter[str], int]:
    """How many documents of a set each rule fires on, and how many there are."""
    counts: Counter[str] = Counter()
    documents = 0
    for _, verdict in judged(records_of(name, LIMIT), kit):
        documents += 1
        counts.update({item.rule for item in verdict.evidence})
    return counts, documents


def count(kit: Kit) -> dict[str, Counts]:
    """The counts of every rule that fires on a document by itself."""
    farm = [fired(name, kit) for name in FARM_SETS]
    honest = [fired(name, kit) for name in HONEST_SETS]
    return {
        rule.id: Counts(
            farm=sum(counts[rule.id] for counts, _ in farm),
            farms=sum(n for _, n in farm),
            honest=sum(counts[rule.id] for counts, _ in honest),
            honests=sum(n for _, n in honest),
            worst=max((counts[rule.id] + PSEUDO) / (n + 1) for counts, n in honest if n >= MIN_SET),
        )
        for rule in kit.rules.rules
        if rule.label is None and rule.role is None and not rule.id.startswith("corpus-")
    }


def write(rule: Rule, counts: Counts, folder: Path) -> None:
    """Put the fitted bits and their source into the rule's file."""
    path = folder / f"{rule.id}.toml"
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"(?m)^bits = .*$", f"bits = {counts.bits}", text)
    text = re.sub(r"(?m)^source = .*$", f'source = "{counts.source}"', text)
    path.write_text(text, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="rewrite bits and source of the fitted rules")
    options = parser.parse_args()
    kit = make_kit(Settings())
    for rule_id, counts in sorted(count(kit).items()):
        rule = kit.rules.get(rule_id)
        fitted = rule.source.startswith("fitted")
        enough = counts.honest >= MIN_HONEST
        print(
            f"{rule_id:28} {'fitted' if fitted else 'hand  '} {rule.bits:5.1f}  now {counts.bits if enough else '-':>4}  "
            f"farm {counts.farm:3}/{counts.farms}  honest {counts.honest:5}/{counts.honests}  worst {counts.worst:.2%}"
        )
        if options.write and fitted and enough:
            write(rule, counts, rules_folder())


if __name__ == "__main__":
    main()
