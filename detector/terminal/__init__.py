"""Values of a run to what a terminal shows: 80 columns, double-width characters, and no colour needed to read it."""

from detector.terminal.compare import compare
from detector.terminal.explain import explain
from detector.terminal.rules import rule_panel, rules_table
from detector.terminal.summary import summary_panel

__all__ = ["compare", "explain", "rule_panel", "rules_table", "summary_panel"]
