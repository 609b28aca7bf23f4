"""The `detector` command: its groups, and errors turned into messages and exit codes."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from detector import __version__
from detector.cli.blocklist import blocklist
from detector.cli.clean import clean
from detector.cli.compare import compare
from detector.cli.dedup import dedup
from detector.cli.doctor import doctor
from detector.cli.explain import explain
from detector.cli.report import report
from detector.cli.rules import rules
from detector.cli.scan import scan
from detector.errors import DetectorError

EXIT_USAGE = 2


class _Group(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)  # the main job first, not by alphabet


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="detector")
def cli() -> None:
    """Find content farms, copies and templates in scraped Chinese text, and hand back a clean corpus.

    \b
    detector scan pages/ --out result      the main job
    detector explain page.html             why one page is judged as it is
    detector clean < in.jsonl > out.jsonl  repair and strip, document by document

    Exit codes: 0 done; 1 --fail-on found something; 2 usage; 3 done, but some inputs failed and are listed.
    """


for command in (scan, clean, explain, compare, dedup, report, rules, blocklist, doctor):
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    try:
        code = cli.main(args=None if arguments is None else list(arguments), prog_name="detector", standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("detector: stopped", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(EXIT_USAGE)
    except DetectorError as error:
        click.echo(f"detector: {error}", err=True)
        sys.exit(EXIT_USAGE)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone, as `head` does
        sys.exit(141)
    sys.exit(code if isinstance(code, int) else 0)
