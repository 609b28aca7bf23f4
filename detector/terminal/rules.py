"""Rules to a table of all and a panel of one."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from detector.report.words import plural, signed
from detector.rules import Rule
from detector.terminal.style import FARM, HONEST, LABEL_STYLES, QUIET, shown, table

_STATUS_STYLES = {"stable": "", "trial": "yellow", "off": "dim strike"}


def rules_table(rules: Iterable[Rule]) -> RenderableType:
    """A row a rule in the order given: id, what it makes, bits, name."""
    made = table()
    made.add_column("rule", overflow="fold", max_width=30)
    made.add_column("makes", max_width=18, overflow="fold")
    made.add_column("bits", justify="right", no_wrap=True)
    made.add_column("what it finds", ratio=1, overflow="fold")
    count = 0
    for rule in rules:
        name = Text(rule.name)
        if rule.status != "stable":
            name.append(f" ({rule.status})", style=_STATUS_STYLES[rule.status])
        made.add_row(Text(rule.id, style=_STATUS_STYLES[rule.status]), _makes(rule), _bits(rule), name)
        count += 1
    made.caption = f"{plural(count, 'rule')}; one in full: detector rules show ID"
    made.caption_justify = "left"
    return made


def rule_panel(rule: Rule) -> RenderableType:
    """All of one rule: what it looks for, why, where that was learned, and the texts that prove it."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style=QUIET, no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row("why", Text(rule.why))
    grid.add_row("makes", _makes(rule))
    if rule.bits:
        grid.add_row("weight", Text.assemble(_bits(rule), " bits: the odds ", _odds(rule.bits)))
    grid.add_row("status", Text(rule.status, style=_STATUS_STYLES[rule.status]))
    grid.add_row("looks at", Text(_place(rule)))
    if rule.anchors:
        grid.add_row("anchors", Text(" ".join(rule.anchors)))
    if rule.pattern is not None:
        grid.add_row("pattern", shown(_dedented(rule.pattern.pattern), "cyan", 4000))
    for name, value in rule.settings.items():
        grid.add_row(name, Text(str(value)))
    grid.add_row("source", Text(rule.source))
    for sign, words, style, texts in (("✓", "hits", HONEST, rule.hits), ("✗", "misses", FARM, rule.misses)):
        for number, text in enumerate(texts):
            grid.add_row("" if number else words, Text.assemble((f"{sign} ", style), shown(text)))
    title = Text.assemble((rule.id, "bold"), "  ", rule.name)
    return Panel(grid, title=title, title_align="left", padding=(1, 2))


def _makes(rule: Rule) -> Text:
    """The label that the rule gives, or the kind of evidence that it is."""
    if rule.label is not None:
        return Text(f"label {rule.label}", style=LABEL_STYLES[rule.label])
    return Text(rule.kind)


def _bits(rule: Rule) -> Text:
    if not rule.bits:
        return Text("–", style=QUIET)
    return Text(signed(rule.bits), style=FARM if rule.bits > 0 else HONEST)


def _odds(bits: float) -> str:
    factor = 2.0 ** abs(bits)
    return f"of a farm page {'rise' if bits > 0 else 'fall'} {factor:,.{1 if factor < 10 else 0}f}-fold"


def _place(rule: Rule) -> str:
    if rule.label is not None:
        return "each line"
    if rule.signal is not None:
        return f"the document, by the function {rule.signal}"
    return f"the {rule.where}" + (f", at least {rule.needs} different strings" if rule.needs > 1 else "")


def _dedented(pattern: str) -> str:
    lines = [line.rstrip() for line in pattern.strip("\n").split("\n")]
    indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return "\n".join(line[indent:] for line in lines if line.strip())
