"""`detector blocklist`: the hosts that came out as farms, in the formats that blockers read."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from detector.cli.report import finished_run
from detector.report.files import rows as read_table

Sites = Sequence[Mapping[str, Any]]


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--as", "form", type=click.Choice(["ublacklist", "hosts", "csv"]), default="ublacklist", show_default=True)
@click.option("--min-pages", type=click.IntRange(1), default=2, show_default=True, help="Farm pages that a host needs.")
@click.option("--min-share", type=click.FloatRange(0, 1), default=0.5, show_default=True, help="Share of farm pages.")
def blocklist(folder: Path, form: str, min_pages: int, min_share: float) -> None:
    """Print the hosts that came out as farms."""
    finished_run(folder)
    sites = [
        site
        for site in read_table(folder, "sites")
        if site["farm_pages"] >= min_pages and site["farm_pages"] >= min_share * site["pages"]
    ]
    click.echo(_FORMS[form](sites), nl=False)


def _ublacklist(sites: Sites) -> str:
    return "".join(f"*://*.{site['host']}/*\n" for site in sites)


def _hosts(sites: Sites) -> str:
    return "".join(f"0.0.0.0 {site['host']}\n" for site in sites)


def _csv(sites: Sites) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, ["host", "pages", "farm_pages", "score"], extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(sites)
    return out.getvalue()


_FORMS: Mapping[str, Callable[[Sites], str]] = {"ublacklist": _ublacklist, "hosts": _hosts, "csv": _csv}
