"""The `detector` command: its parts, loaded when called, and errors turned into messages and exit codes."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from types import MappingProxyType

import click

from detector import __version__
from detector.errors import DetectorError

EXIT_USAGE, EXIT_BUG, EXIT_PIPE = 2, 70, 141

# The main job first, not by alphabet. A module of that name in `detector.cli` holds the command.
COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "scan": "Find farms, copies and templates; write the clean corpus and the report.",
        "explain": "Show one document: lines with label and rule, repairs, score.",
        "compare": "Show how two documents are related.",
        "clean": "Repair and strip documents one by one.",
        "dedup": "Find and remove duplicates only, at full speed.",
        "report": "Draw report.html of a finished run again and print its summary.",
        "rules": "List, show and try the rules.",
        "blocklist": "Print the hosts that came out as farms.",
        "doctor": "Show versions and optional parts, and run a self-test.",
    }
)


class _Group(click.Group):
    """Imports a command when it is called: `--help` and `--version` answer at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"detector.cli.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


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
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            sys.stderr.close()  # the reader of our output has gone, as `head` does
            sys.exit(EXIT_PIPE)
        click.echo(f"detector: {error}", err=True)  # a full disk, a folder that went away
        sys.exit(EXIT_USAGE)
    except Exception:
        traceback.print_exc()
        sys.exit(EXIT_BUG)  # never 1, which says that --fail-on found something
    sys.exit(code if isinstance(code, int) else 0)
