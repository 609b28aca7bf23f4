"""Turns the choices of a deduplication run into one checked value."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from detector.dup.keep import KeepPolicy
from detector.dup.scan import Columns
from detector.dup.settings import DuplicateSettings
from detector.errors import SettingsError


@dataclass(frozen=True, slots=True)
class DedupSettings:
    """What a run does; `workers`, `memory_bytes` and `resume` change no byte of its results."""

    duplicates: DuplicateSettings = field(default_factory=DuplicateSettings)
    keep: KeepPolicy = field(default_factory=KeepPolicy)
    text_field: str = "text"
    id_field: str = "id"
    url_field: str = "url"
    date_field: str = "date"
    workers: int = 1
    memory_bytes: int = 2 << 30
    resume: bool = False

    def __post_init__(self) -> None:
        if self.workers < 1:
            raise SettingsError(f"workers={self.workers}: need at least 1")
        if self.memory_bytes < 256 << 20:
            raise SettingsError(f"memory_bytes={self.memory_bytes}: need at least 256 MiB")

    @property
    def part_bytes(self) -> int:
        """Bytes of input in one part: a worker holds some ten times as much while it sketches."""
        return max(1 << 20, min(4 << 20, self.memory_bytes // (24 * self.workers)))

    def others(self) -> tuple[str, ...]:
        """The fields that the keep policy needs besides the text."""
        names = [self.id_field]
        if self.keep.rule == "earliest":
            names.append(self.date_field)
        if self.keep.hosts:
            names.append(self.url_field)
        return tuple(names)

    def columns(self) -> Columns:
        """The fields that are read."""
        return Columns(self.text_field, self.others())

    def public(self) -> dict[str, object]:
        """The settings that decide about results."""
        hidden = {"workers", "memory_bytes", "resume"}
        return {name: value for name, value in asdict(self).items() if name not in hidden}
