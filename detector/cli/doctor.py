"""`detector doctor`: versions, optional parts, and a self-test."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

import click

from detector import __version__
from detector.kit import make_kit
from detector.pipeline import examine, relate_pair
from detector.settings import Settings
from detector.types import Failure, Record

REQUIRED = ("numpy", "numba", "pyarrow", "lxml", "beautifulsoup4", "resiliparse", "orjson", "ftfy", "msgspec", "click")
OPTIONAL = (
    ("zstandard", "zstd input"),
    ("datasketch", "exchange of sketches"),
    ("pandas", "data frames"),
    ("polars", "data frames"),
)
_TEXT = "春天的茶园里，采茶人一早就上了山。雾气还没有散，叶尖挂着水珠，篮子很快就满了。" * 3


@click.command()
def doctor() -> int:
    """Show versions and optional parts, and run a self-test; exit code 1 if it fails."""
    click.echo(f"detector {__version__}   Python {platform.python_version()}   {platform.platform()}")
    for name in REQUIRED:
        click.echo(f"  {name:<16} {_version(name) or 'MISSING'}")
    for name, use in OPTIONAL:
        click.echo(f"  {name:<16} {_version(name) or 'not installed'}   (optional: {use})")
    problems = [f"{name} is missing" for name in REQUIRED if _version(name) is None] + _self_test()
    click.echo("self-test: " + ("; ".join(problems) if problems else "ok"))
    return 1 if problems else 0


def _self_test() -> list[str]:
    """What is wrong, empty where nothing is: one text in both scripts must be repaired, read and found equal."""
    kit = make_kit(Settings())
    click.echo(f"  rules            {len(kit.rules.rules)}, digest {kit.rules.digest[:16]}")
    simplified = Record("a", "self-test", _TEXT)
    traditional = Record("b", "self-test", _TEXT.translate(str.maketrans("园里气还没篮满", "園裡氣還沒籃滿")))
    made = examine([simplified, traditional], kit)
    failed = [f"{each.stage}: {each.reason}" for each in made if isinstance(each, Failure)]
    if failed:
        return failed
    pair = relate_pair(made[0], made[1], kit)  # type: ignore[arg-type]
    found = pair.relation if pair else "nothing"
    return [] if found == "exact" else [f"two scripts of one text: expected exact, found {found}"]


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
