"""Rules: TOML files of evidence and line labels into compiled patterns, and texts into rule hits."""

from detector.rules.load import Rule, read_rule
from detector.rules.ruleset import RuleHit, RuleSet, load_rules, rules_folder

__all__ = ["Rule", "RuleHit", "RuleSet", "load_rules", "read_rule", "rules_folder"]
