"""Words of the report for what the other rooms name."""

from __future__ import annotations

from detector.report.words import REPAIR_MEANING
from detector.text.repair import FIXES


def test_every_kind_of_repair_is_explained() -> None:
    kinds = {fix.name for fix in FIXES} | {"hole"}
    assert set(REPAIR_MEANING) == kinds
