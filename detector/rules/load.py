"""One TOML file into one checked `Rule`; the fields are described in docs/rules.md."""

from __future__ import annotations

import math
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast, get_args

from detector.errors import RuleError
from detector.text.fold import fold_chars
from detector.types import LABELS, Label

Status = Literal["stable", "trial", "off"]
Where = Literal["text", "head", "tail", "title", "heading"]
Within = Literal["line", "text"]

REQUIRED = ("id", "name", "kind", "bits", "status", "anchors", "why", "source", "hits", "misses")
OPTIONAL = ("pattern", "signal", "label", "within", "where", "needs", "settings")
ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
HAN = re.compile(r"[㐀-䶿一-鿿豈-﫿]+")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what it looks for, what a hit is worth in bits (log2 odds), why, and the texts that prove it.

    A rule with `label` labels lines, the others are evidence about whole documents, found by
    `pattern` or computed by the function `signal` of `detector.judge`.
    """

    id: str
    name: str
    kind: str  # evidence of one kind is not independent
    bits: float
    status: Status  # a rule that is "off" is checked and listed, but never fires
    anchors: tuple[str, ...]  # one of these stands in every text that the pattern can match
    why: str
    source: str
    hits: tuple[str, ...]
    misses: tuple[str, ...]
    pattern: re.Pattern[str] | None = None
    signal: str | None = None
    label: Label | None = None
    within: Within = "line"  # what a pattern sees at once: each line that holds an anchor, or the whole text
    where: Where = "text"
    needs: int = 1  # evidence only where this many different strings matched
    settings: Mapping[str, Any] = field(default_factory=dict)  # thresholds of a signal


def read_rule(data: bytes, name: str) -> Rule:
    """The rule in a file's bytes; `name` is the file's name, for messages.

    Raises RuleError, which names the file and the key.
    """
    try:
        table = tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RuleError(f"{name}: not TOML in UTF-8: {error}") from error
    _check_keys(table, name)
    rule_id = _string(table, "id", name)
    if not ID.fullmatch(rule_id) or name not in (rule_id + ".toml", ""):
        raise RuleError(f"{name}: id = {rule_id!r}: expected lower-case words joined by '-', equal to the file's name")
    return Rule(
        id=rule_id,
        name=_string(table, "name", name),
        kind=_string(table, "kind", name),
        bits=_bits(table, name),
        status=cast(Status, _choice(table, "status", get_args(Status), name)),
        anchors=tuple(fold_chars(anchor) for anchor in _strings(table, "anchors", name)),
        why=_string(table, "why", name),
        source=_string(table, "source", name),
        hits=_strings(table, "hits", name),
        misses=_strings(table, "misses", name),
        pattern=_pattern(table, name),
        signal=_string(table, "signal", name) if "signal" in table else None,
        label=cast(Label, _choice(table, "label", LABELS, name)) if "label" in table else None,
        within=cast(Within, _choice(table, "within", get_args(Within), name)) if "within" in table else "line",
        where=cast(Where, _choice(table, "where", get_args(Where), name)) if "where" in table else "text",
        needs=_needs(table, name),
        settings=_settings(table, name),
    )


def _check_keys(table: Mapping[str, Any], name: str) -> None:
    for key in REQUIRED:
        if key not in table:
            raise RuleError(f"{name}: the key {key!r} is missing; see docs/rules.md")
    for key in table:
        if key not in REQUIRED and key not in OPTIONAL:
            raise RuleError(f"{name}: unknown key {key!r}; known are {', '.join(REQUIRED + OPTIONAL)}")
    if ("pattern" in table) == ("signal" in table):
        raise RuleError(f"{name}: a rule has either a 'pattern' or a 'signal'")
    if "pattern" in table and not table["anchors"]:
        raise RuleError(f"{name}: anchors = []: a pattern needs literal anchors, or it runs over every text")


def _string(table: Mapping[str, Any], key: str, name: str) -> str:
    value = table[key]
    if not isinstance(value, str) or not value.strip():
        raise RuleError(f"{name}: {key} = {value!r}: expected a string that is not empty")
    return value


def _strings(table: Mapping[str, Any], key: str, name: str) -> tuple[str, ...]:
    value = table[key]
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise RuleError(f"{name}: {key}: expected a list of strings that are not empty")
    return tuple(value)


def _choice(table: Mapping[str, Any], key: str, known: tuple[str, ...], name: str) -> str:
    value = _string(table, key, name)
    if value not in known:
        raise RuleError(f"{name}: {key} = {value!r}: expected one of {', '.join(known)}")
    return value


def _bits(table: Mapping[str, Any], name: str) -> float:
    value = table["bits"]
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or abs(value) > 20:
        raise RuleError(f"{name}: bits = {value!r}: expected a number from -20 to 20")
    return float(value)


def _needs(table: Mapping[str, Any], name: str) -> int:
    value = table.get("needs", 1)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise RuleError(f"{name}: needs = {value!r}: expected a whole number of at least 1")
    return value


def _settings(table: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = table.get("settings", {})
    if not isinstance(value, dict):
        raise RuleError(f"{name}: settings: expected a table")
    return value


def _pattern(table: Mapping[str, Any], name: str) -> re.Pattern[str] | None:
    """The pattern, its Han characters folded as the texts are; verbose, and `^ $` are the ends of a line."""
    if "pattern" not in table:
        return None
    source = _string(table, "pattern", name)
    wide = [char for char in _code(source) if unicodedata.east_asian_width(char) == "F"]
    if wide:
        raise RuleError(f"{name}: pattern: {wide[0]!r} is full width and never matches; write it in half width")
    try:
        return re.compile(HAN.sub(lambda run: fold_chars(run.group()), source), re.VERBOSE | re.MULTILINE)
    except re.error as error:
        raise RuleError(f"{name}: pattern: {error}") from error


def _code(source: str) -> str:
    """A verbose pattern without its comments."""
    return re.sub(r"(?<!\\)\#.*", "", source)
