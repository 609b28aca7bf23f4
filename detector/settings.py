"""Settings that change what a run finds; how it runs (workers, format) is no part of them."""

from __future__ import annotations

import dataclasses
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
    containment: float = 0.8  # share of the smaller document that the larger must hold
    keep: Keep = "longest"  # which document of a group of copies stays
    on: On = "body"  # what is compared: the stripped body, the repaired text, or the input as it came
    farm_probability: float = 0.5  # probability from which a document is a farm page
    keep_farms: bool = False  # leave farm pages in the clean corpus
    family_share: float = 1.0  # share of each template family that stays
    prefer_hosts: tuple[str, ...] = ()  # hosts whose copy stays before any other
    boilerplate_documents: int = 20  # a short line that stands in so many documents of a host is boilerplate
    max_bytes: int = 64 << 20  # a document larger than this is a failure, not a document
    rules: str | None = None  # a folder of rules instead of the shipped ones
    fields: Fields = field(default_factory=Fields)

    def __post_init__(self) -> None:
        for name in ("threshold", "containment", "farm_probability"):
            value = getattr(self, name)
            if not 0.0 < value <= 1.0:
                raise SettingsError(f"{name} = {value}: expected a number above 0 and at most 1")
        if not 0.0 <= self.family_share <= 1.0:
            raise SettingsError(f"family_share = {self.family_share}: expected a number from 0 to 1")
        if self.keep not in KEEPS:
            raise SettingsError(f"keep = {self.keep!r}: expected one of {', '.join(KEEPS)}")
        if self.on not in ONS:
            raise SettingsError(f"on = {self.on!r}: expected one of {', '.join(ONS)}")
        if self.boilerplate_documents < 2:
            raise SettingsError(f"boilerplate_documents = {self.boilerplate_documents}: expected 2 or more")
        if self.max_bytes < 1:
            raise SettingsError(f"max_bytes = {self.max_bytes}: expected 1 or more")


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
    fields = dict(values.pop("fields", {}))
    fields.update({k: v for k, v in dict(overrides.pop("fields", {})).items() if v is not None})
    values.update({k: v for k, v in overrides.items() if v is not None})
    where = str(path) if path else "settings"
    _check_names(values, Settings, where)
    _check_names(fields, Fields, f"{where} [fields]")
    if "prefer_hosts" in values:
        values["prefer_hosts"] = tuple(values["prefer_hosts"])
    try:
        return Settings(**values, fields=Fields(**fields))
    except TypeError as error:
        raise SettingsError(f"{where}: {error}") from error


def as_mapping(settings: Settings) -> dict[str, Any]:
    """The settings as plain values, for the manifest."""
    return dataclasses.asdict(settings)


def _check_names(values: Mapping[str, Any], kind: type, where: str) -> None:
    known = [f.name for f in dataclasses.fields(kind) if f.name != "fields"]
    for name in values:
        if name not in known:
            raise SettingsError(f"{where}: unknown setting {name!r}; known are {', '.join(known)}")
