"""Settings: what is wrong is named, what is right comes through."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from detector.errors import SettingsError
from detector.settings import Settings, as_mapping, load_settings


def written(folder: Path, text: str) -> Path:
    path = folder / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_file_gives_settings_and_fields(tmp_path: Path) -> None:
    path = written(tmp_path, 'threshold = 0.8\nprefer_hosts = ["a.example"]\nkeep = "first"\n[fields]\ntext = "正文"\n')
    made = load_settings(path)
    assert (made.threshold, made.prefer_hosts, made.keep, made.fields.text) == (0.8, ("a.example",), "first", "正文")


def test_argument_stands_above_file_and_none_stands_for_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, 'threshold = 0.8\non = "text"\n[fields]\ntext = "a"\nurl = "u"\n')
    made = load_settings(path, threshold=0.9, on=None, fields={"text": "b", "url": None})
    assert (made.threshold, made.on, made.fields.text, made.fields.url) == (0.9, "text", "b", "u")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("threshold", 0.0),
        ("threshold", 1.01),
        ("threshold", math.nan),
        ("threshold", "0.7"),
        ("threshold", True),
        ("containment", -1),
        ("farm_probability", 2),
        ("family_share", 1.5),
        ("family_share", math.nan),
        ("keep", "shortest"),
        ("keep", ["longest"]),
        ("on", "title"),
        ("keep_farms", "no"),
        ("boilerplate_documents", 1),
        ("boilerplate_documents", 2.5),
        ("max_bytes", 0),
        ("max_bytes", "1 GB"),
        ("max_bytes", 10**30),
        ("prefer_hosts", "a.example"),
        ("prefer_hosts", (1,)),
        ("rules", 3),
    ],
)
def test_value_out_of_range_is_named(name: str, value: Any) -> None:
    with pytest.raises(SettingsError, match=f"{name} = .*expected"):
        Settings(**{name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [("threshold", 1.0), ("threshold", 1), ("family_share", 0.0), ("boilerplate_documents", 2), ("max_bytes", 1)],
)
def test_value_at_the_edge_is_taken(name: str, value: Any) -> None:
    assert getattr(Settings(**{name: value}), name) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("treshold = 0.7", "unknown setting 'treshold'; known are threshold,"),
        ("[fields]\nbody = 'x'", r"\[fields\]: unknown setting 'body'"),
        ("fields = 'text'", "must be a table"),
        ("[fields]\ntext = 3", "must be a table"),
        ("threshold = ", "settings.toml"),
        ("threshold = 2", "settings.toml: threshold = 2: expected"),
        ("prefer_hosts = 'a.example'", "expected a list of hosts"),
        ("fields = []", "must be a table"),
    ],
)
def test_wrong_file_is_named_with_its_key(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        load_settings(written(tmp_path, text))


def test_file_that_is_missing_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.toml"):
        load_settings(tmp_path / "nowhere.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match=r"binary\.toml"):
        load_settings(tmp_path / "binary.toml")


def test_settings_as_plain_values() -> None:
    plain = as_mapping(Settings(prefer_hosts=("a.example",)))
    assert plain["fields"]["text"] is None
    assert plain["threshold"] == 0.7
