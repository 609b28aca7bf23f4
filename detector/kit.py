"""Settings into what every stage needs beside its input, built once a process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from detector.dup.scheme import Scheme
from detector.rules import RuleSet, load_rules
from detector.settings import Settings


@dataclass(frozen=True, slots=True)
class Kit:
    """What every stage needs beside its input, built once a process."""

    settings: Settings
    rules: RuleSet
    scheme: Scheme


def make_kit(settings: Settings) -> Kit:
    """Load the rules and fix the scheme of the sketches."""
    rules = load_rules(Path(settings.rules) if settings.rules else None)
    return Kit(settings, rules, Scheme())
