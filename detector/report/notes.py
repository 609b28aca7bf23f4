"""The manifest of a run to what is known of its rules: their names, and the reasons behind them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from detector.errors import RuleError
from detector.report.files import Row
from detector.rules import load_rules

_CODE = re.compile(r"`([^`]*)`")

Notes = Mapping[str, Mapping[str, str]]


def rule_notes(manifest: Row) -> Notes:
    """`name` and `why` of each rule by its id.

    From the manifest where it holds them; else from the rules at hand, but only if they are the very ones that judged
    (by digest): a rule that was changed since must not explain an old verdict.
    """
    written = manifest.get("rules")
    if isinstance(written, Mapping):
        return {str(name): note for name, note in written.items() if isinstance(note, Mapping)}
    settings: Any = manifest.get("settings") or {}
    folder = settings.get("rules") if isinstance(settings, Mapping) else None
    try:
        rules = load_rules(Path(folder) if folder else None)
    except (RuleError, OSError):
        return {}
    if rules.digest != manifest.get("rules_digest"):
        return {}
    return {rule.id: {"name": _plain(rule.name), "why": _plain(rule.why)} for rule in rules.rules}


def _plain(text: str) -> str:
    """Words marked as code in the rule's file, as a quotation."""
    return _CODE.sub("“\\1”", text)
