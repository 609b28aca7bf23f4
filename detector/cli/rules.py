"""`detector rules`: the rules with their reasons, and any of them run on a text."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click
from rich.console import Console

from detector.cli.report import finished_run
from detector.errors import InputError, RuleError
from detector.report.files import rows as read_table
from detector.rules import Rule, RuleSet, load_rules
from detector.terminal import rule_panel, rules_table
from detector.text.fold import fold_chars

FOLDER = click.option("--rules", "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Folder.")


@click.group()
def rules() -> None:
    """List, show and try the rules."""


@rules.command("list")
@FOLDER
@click.option("--kind", help="Only rules of this kind.")
def list_rules(folder: Path | None, kind: str | None) -> None:
    """All rules: id, kind, bits, name."""
    Console().print(rules_table([r for r in load_rules(folder).rules if kind in (None, r.kind)]))


@rules.command()
@click.argument("rule_id", metavar="ID")
@FOLDER
def show(rule_id: str, folder: Path | None) -> None:
    """One rule: what it looks for, why, what it weighs, what it hits and misses."""
    Console().print(rule_panel(_get(load_rules(folder), rule_id)))


@rules.command("try")
@click.argument("rule_id", metavar="ID")
@click.argument("text")
@FOLDER
def try_rule(rule_id: str, text: str, folder: Path | None) -> int:
    """Run one rule on TEXT (- is standard input); exit code 1 where it does not fire."""
    rule_set = load_rules(folder)
    rule = _get(rule_set, rule_id)
    if rule.pattern is None:
        raise InputError(f"{rule_id} is computed from a whole document ({rule.signal}); try: detector explain FILE")
    content = sys.stdin.read() if text == "-" else text
    spans = list(_spans(rule, content))
    for start, end in spans:
        click.echo(f"{start}-{end}\t{content[start:end]}")
    return 0 if spans else 1


@rules.command()
@click.argument("run", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
def stats(run: Path) -> None:
    """How often each rule fired in a finished run: in documents, and in documents called farm."""
    finished_run(run)
    fired: Counter[str] = Counter()
    in_farms: Counter[str] = Counter()
    for row in read_table(run, "documents"):
        ids = {item["rule"] for item in row["evidence"]}
        fired.update(ids)
        in_farms.update(ids if row["farm"] else ())
    click.echo("documents\tfarms\trule")
    for rule_id, count in sorted(fired.items(), key=lambda item: (-item[1], item[0])):
        click.echo(f"{count}\t{in_farms[rule_id]}\t{rule_id}")


def _spans(rule: Rule, text: str) -> Iterator[tuple[int, int]]:
    """Where the pattern of a rule stands: line by line for rules that label lines, else anywhere."""
    if rule.pattern is None:
        return
    folded, position = fold_chars(text), 0
    for part in folded.split("\n") if rule.label else [folded]:
        for match in rule.pattern.finditer(part):
            yield position + match.start(), position + match.end()
        position += len(part) + 1


def _get(rule_set: RuleSet, rule_id: str) -> Rule:
    try:
        return rule_set.get(rule_id)
    except (KeyError, RuleError) as error:
        raise InputError(f"no rule {rule_id!r}; see: detector rules list") from error
