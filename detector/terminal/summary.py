"""The manifest of a run to the panel that closes a scan."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from detector.report.visible import visible
from detector.report.words import percent, plural
from detector.terminal.style import FARM, HONEST, QUIET

# Key of the manifest's counts, what one and what many are called, and the style where there are any.
_FIGURES = (
    ("farm", "looks like a farm page", "look like farm pages", FARM),
    ("families", "template family", "template families", ""),
    ("near_clusters", "group of near-copies", "groups of near-copies", ""),
    ("exact_groups", "group of identical texts", "groups of identical texts", ""),
    ("contained", "held by another document", "held by another document", ""),
    ("repairs", "place repaired", "places repaired", ""),
    ("kept", "kept", "kept", HONEST),
    ("removed", "removed", "removed", ""),
    ("failures", "could not be processed", "could not be processed", FARM),
)
_OF_DOCUMENTS = frozenset({"farm", "kept", "removed"})


def summary_panel(manifest: Mapping[str, Any], out_dir: Path) -> RenderableType:
    """What a scan found, how long each stage took, and which file to open."""
    counts: Mapping[str, Any] = manifest.get("counts") or {}
    parts: list[RenderableType] = [_figures(counts)]
    if counts.get("lines"):
        parts.append(_labels(counts["lines"]))
    if manifest.get("seconds"):
        parts.append(_times(manifest))
    parts.append(_files(counts, out_dir))
    documents = plural(int(counts.get("documents") or 0), "document")
    return Panel(Group(*parts), title=Text(f"{documents} read", style="bold"), title_align="left", padding=(1, 2))


def _figures(counts: Mapping[str, Any]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(justify="right")
    grid.add_column()
    grid.add_column(justify="right")
    documents = int(counts.get("documents") or 0)
    for key, one, many, style in _FIGURES:
        count = int(counts.get(key) or 0)
        if key == "failures" and not count:
            continue
        share = percent(count / documents) if key in _OF_DOCUMENTS and documents else ""
        grid.add_row(
            Text(f"{count:,}", style=f"bold {style if count else ''}"),
            Text(one if count == 1 else many, style="" if count else QUIET),
            Text(share, style=QUIET),
        )
    return grid


def _labels(lines: Mapping[str, int]) -> Text:
    """Lines by label, the stripped ones named last."""
    made = Text("\nLines: ", style=QUIET)
    made.append(", ".join(f"{label} {int(count):,}" for label, count in lines.items() if count))
    return made


def _times(manifest: Mapping[str, Any]) -> Text:
    seconds: Mapping[str, float] = manifest["seconds"]
    memory: Mapping[str, float] = manifest.get("peak_memory_mib") or {}
    total = f"{seconds['total']:.1f}" if "total" in seconds else f"{sum(seconds.values()):.1f}"
    stages = ", ".join(f"{stage} {value:.1f}" for stage, value in seconds.items() if stage != "total")
    made = Text(f"\n{total} s", style="bold")
    made.append(f" ({stages})", style=QUIET + " not bold")
    if memory:
        made.append(f"; peak memory {max(memory.values()):,.0f} MiB", style=QUIET + " not bold")
    return made


def _files(counts: Mapping[str, Any], out_dir: Path) -> Text:
    made = Text("\nOpen ")
    made.append(visible(str(out_dir / "report.html")), style="bold cyan")
    if counts.get("failures"):
        made.append("\nFailed inputs are listed in ")
        made.append(visible(str(out_dir / "failures.jsonl")), style="bold")
    return made
