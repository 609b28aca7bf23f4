"""Options that several commands share, and the settings made from them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from detector.settings import KEEPS, ONS, Settings, load_settings

Command = TypeVar("Command", bound=Callable[..., Any])
_FIELDS = ("text", "html", "id", "url", "title", "date")


def field_options(command: Command) -> Command:
    """`--text-field` and its like."""
    for role in reversed(_FIELDS):
        name = role.upper() if role in ("html", "url") else role
        option = click.option(f"--{role}-field", metavar="NAME", help=f"Column that holds the {name}.", expose_value=True)
        command = option(command)
    return command


def document_options(command: Command) -> Command:
    """Options that change what is made of one document."""
    return _with(
        command,
        click.option("--config", type=click.Path(path_type=Path), help="TOML file of settings."),
        click.option("--rules", "rules", type=click.Path(exists=True, file_okay=False), help="Folder of rules."),
        click.option("--max-bytes", type=int, help="Size from which a document is a failure. [default: 64 MiB]"),
    )


def pair_options(command: Command) -> Command:
    """Options that change what is said of two documents."""
    return _with(
        document_options(command),
        click.option("--threshold", type=float, help="Jaccard from which documents are near. [default: 0.7]"),
        click.option("--on", type=click.Choice(ONS), help="What is compared. [default: body]"),
    )


def corpus_options(command: Command) -> Command:
    """Options that change which documents of a corpus stay."""
    return _with(
        pair_options(command),
        click.option("--keep", type=click.Choice(KEEPS), help="Which document of a group stays. [default: longest]"),
        click.option("--prefer-host", "prefer_hosts", multiple=True, help="Host whose copy stays before any other."),
        click.option("--keep-farms", is_flag=True, default=None, help="Leave farm pages in the clean corpus."),
        click.option("--family-share", type=float, help="Share of each template family that stays. [default: 1]"),
    )


def _with(command: Command, *options: Callable[[Command], Command]) -> Command:
    for option in reversed(options):
        command = option(command)
    return command


def workers_option(command: Command) -> Command:
    """`--workers`, by default one a core that this process may use."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return click.option("--workers", type=click.IntRange(1), default=cores, help=f"Processes. [default: {cores}]")(command)


def settings_from(values: dict[str, Any]) -> Settings:
    """Take the settings out of the arguments of a command; the file comes first, options go above it."""
    fields = {role: values.pop(f"{role}_field", None) for role in _FIELDS}
    config = values.pop("config", None)
    names = ("threshold", "on", "keep", "keep_farms", "family_share", "rules", "max_bytes")
    overrides = {name: values.pop(name, None) for name in names}
    hosts = values.pop("prefer_hosts", ())
    return load_settings(config, fields=fields, prefer_hosts=hosts or None, **overrides)
