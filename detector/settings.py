"""Settings that change what a run finds; how it runs (workers, format) is no part of them."""

from __future__ import annotations

import dataclasses
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from detector.errors import SettingsError

Keep = Literal["longest", "earliest", "cleanest", "first"]
On = Literal["body", "text", "raw"]
KEEPS: tuple[Keep, ...] = get_args(Keep)
ONS: tuple[On, ...] = get_args(On)


@dataclass(frozen=True, slots=True)
class Fields:
    """Names of the columns of tabular input; None means: guess from the usual names."""

    text: str | None = None
    html: str | None = None
    id: str | None = None
    url: str | None = None
    title: str | None = None
    date: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run looks for. Two runs with equal settings, rules and inputs write equal bytes."""

    threshold: float = 0.7  # Jaccard of folded shingles from which two documents are `near`
    containment: float = 0.9  # share of the smaller document that the larger must hold
    keep: Keep = "longest"  # which document of a group of copies stays
    on: On = "body"  # what is compared: the stripped body, the repaired text, or the input as it came
    farm_probability: float = 0.5  # probability from which a document is a farm page
    keep_farms: bool = False  # leave farm pages in the clean corpus
    family_share: float = 1.0  # share of each template family that stays
    prefer_hosts: tuple[str, ...] = ()  # hosts whose copy stays before any other
    boilerplate_documents: int = 5  # a line that stands in so many documents of a host, among others each time, is boilerplate
    max_bytes: int = 64 << 20  # a document larger than this is a failure, not a document
    rules: str | None = None  # a folder of rules instead of the shipped ones
    fields: Fields = field(default_factory=Fields)

    def __post_init__(self) -> None:
        for name in ("threshold", "containment", "farm_probability"):
            self._check(name, 0.0 < self._number(name) <= 1.0, "a number above 0 and at most 1")
        self._check("family_share", 0.0 <= self._number("family_share") <= 1.0, "a number from 0 to 1")
        self._check("keep", self.keep in KEEPS, f"one of {', '.join(KEEPS)}")
        self._check("on", self.on in ONS, f"one of {', '.join(ONS)}")
        self._check("keep_farms", isinstance(self.keep_farms, bool), "true or false")
        for name, least in (("boilerplate_documents", 2), ("max_bytes", 1)):
            value = self._number(name)
            self._check(name, isinstance(value, int) and least <= value < 1 << 62, f"a whole number, {least} or more")
        hosts = self.prefer_hosts
        self._check("prefer_hosts", isinstance(hosts, tuple) and all(isinstance(h, str) for h in hosts), "a list of hosts")
        self._check("rules", self.rules is None or isinstance(self.rules, str), "the name of a folder")

    def _check(self, name: str, is_good: bool, expected: str) -> None:
        if not is_good:
            raise SettingsError(f"{name} = {getattr(self, name)!r}: expected {expected}")

    def _number(self, name: str) -> float:
        value = getattr(self, name)
        return value if isinstance(value, int | float) and not isinstance(value, bool) else math.nan


def load_settings(path: Path | None = None, **overrides: Any) -> Settings:
    """Settings from a TOML file, then from `overrides` that are not None.

    Raises:
        SettingsError: the file can't be read, or a key is unknown or out of range; the message names it.
    """
    values: dict[str, Any] = {}
    if path is not None:
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise SettingsError(f"{path}: {error}") from error
    where = str(path) if path else "settings"
    fields = values.pop("fields", {})
    if not isinstance(fields, dict) or not all(isinstance(v, str) for v in fields.values()):
        raise SettingsError(f"{where}: [fields] must be a table of roles and column names")
    fields.update({k: v for k, v in overrides.pop("fields", {}).items() if v is not None})
    values.update({k: v for k, v in overrides.items() if v is not None})
    _check_names(values, Settings, where)
    _check_names(fields, Fields, f"{where} [fields]")
    if isinstance(values.get("prefer_hosts"), list):
        values["prefer_hosts"] = tuple(values["prefer_hosts"])
    try:
        return Settings(**values, fields=Fields(**fields))
    except SettingsError as error:
        raise SettingsError(f"{where}: {error}") from error


def as_mapping(settings: Settings) -> dict[str, Any]:
    """The settings as plain values, for the manifest."""
    return dataclasses.asdict(settings)


def _check_names(values: Mapping[str, Any], kind: type, where: str) -> None:
    known = [f.name for f in dataclasses.fields(kind) if f.name != "fields"]
    for name in values:
        if name not in known:
            raise SettingsError(f"{where}: unknown setting {name!r}; known are {', '.join(known)}")
