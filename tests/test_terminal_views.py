"""What a terminal shows: 80 columns, double-width characters, no colour needed, and nothing that it would obey."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import Path

import fake_run
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console, RenderableType

from detector.rules import Rule, load_rules
from detector.terminal import compare, explain, rule_panel, rules_table, summary_panel
from detector.types import Document, Evidence, Heading, Hole, Line, Pair, Repair, Verdict


def printed(view: RenderableType, width: int = 80, colour: bool = False) -> str:
    console = Console(width=width, file=io.StringIO(), force_terminal=colour, color_system="truecolor" if colour else None)
    with console.capture() as capture:
        console.print(view)
    return capture.get()


def document(name: str, text: str, repairs: Sequence[Repair] = (), holes: Sequence[Hole] = ()) -> Document:
    lines, start = [], 0
    for number, line in enumerate(text.split("\n"), 1):
        label, rules = fake_run._label(line, number)
        lines.append(Line(number, start, start + len(line), label, tuple(rules)))  # type: ignore[arg-type]
        start += len(line) + 1
    cleaned = fake_run.cleaned(text)
    title = text.partition("\n")[0]
    common = {"title": title, "host": "a.example", "script": "hans", "chars_in": len(text)}
    return Document(name, "a.txt", text, cleaned, tuple(lines), tuple(repairs), tuple(holes), **common)  # type: ignore[arg-type]


def headings(made: Document, roles: Sequence[str] = ("price", "time", "route", "other")) -> tuple[Heading, ...]:
    lines = [line for line in made.lines if line.label == "heading"]
    return tuple(
        Heading(line.start + 2, line.end, 1, "cjk", made.line_text(line)[2:], role)
        for line, role in zip(lines, roles, strict=False)
    )


def verdict() -> Verdict:
    row = fake_run.farm_row("青河", 0)
    found = tuple(Evidence(**item) for item in row["evidence"])
    return Verdict(True, row["farm_probability"], row["farm_bits"], -3.2, tuple(row["kinds"]), found)


FARM = document(
    "farm-0",
    fake_run.farm_text("青河"),
    [Repair("pinyin-gloss", 2, "導(dǎo)語(yǔ)", "導語", 4)],
    [Hole(20, 23, "资金问", None), Hole(30, 33, "拨打其", "拨打其电话")],
)
OTHER = document("farm-1", fake_run.farm_text("南屿"))
PAIR = Pair("farm-0", "farm-1", "templated", 0.61, 0.7, 0.92)
STAGES = [("decode", "utf-8, 298 characters", "detector/text/decode.py")]


def views() -> dict[str, RenderableType]:
    return {
        "summary": summary_panel(fake_run.manifest(), Path("out")),
        "explain": explain(FARM, verdict(), headings(FARM), STAGES),
        "compare": compare(FARM, OTHER, PAIR, headings(FARM), headings(OTHER)),
        "rules": rules_table(load_rules().rules),
        "rule": rule_panel(load_rules().rules[0]),
    }


@pytest.mark.parametrize("name", list(views()))
@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_terminal(name: str, width: int) -> None:
    lines = printed(views()[name], width).split("\n")
    assert max(cell_len(line) for line in lines) <= width


@pytest.mark.parametrize("name", list(views()))
def test_without_colour_no_escape_is_printed(name: str) -> None:
    assert "\x1b" not in printed(views()[name])


@pytest.mark.parametrize("name", list(views()))
def test_colour_changes_no_character(name: str) -> None:
    coloured = re.sub(r"\x1b\[[0-9;]*m", "", printed(views()[name], colour=True))
    assert coloured == printed(views()[name])


def test_summary_counts_and_names_the_report() -> None:
    text = printed(views()["summary"])
    assert "11 documents read" in text
    assert re.search(r"6\s+look like farm pages\s+55 %", text)
    assert re.search(r"1\s+group of near-copies", text)
    assert re.search(r"1\s+could not be processed", text)
    assert str(Path("out") / "report.html") in text
    assert "peak\n" in text.replace("│", "").replace(" ", "") or "peak memory 240 MiB" in text


def test_summary_of_an_empty_run_is_drawn() -> None:
    text = printed(summary_panel({"counts": {}}, Path("out")))
    assert "0 documents read" in text
    assert "could not be processed" not in text


def test_explain_shows_label_and_rules_beside_each_line() -> None:
    lines = printed(views()["explain"]).split("\n")
    place = next(n for n, line in enumerate(lines) if line.startswith("11 disclaimer"))
    assert "声明：本文由网友投稿" in lines[place]
    assert lines[place + 1].split()[0] == "notice-free-mail"


def test_explain_shows_roles_of_headings() -> None:
    lines = printed(views()["explain"]).split("\n")
    place = next(n for n, line in enumerate(lines) if "一、青河湿地公园门票" in line)
    assert lines[place + 1].split()[0] == "price"


def test_explain_marks_the_span_of_evidence() -> None:
    coloured = printed(views()["explain"], width=160, colour=True)
    assert re.search(r"\x1b\[[0-9;]*4[0-9;]*m声明：本文由网友投稿\x1b\[0m", coloured)


def test_explain_shows_repairs_holes_and_stages() -> None:
    text = printed(views()["explain"])
    assert re.search(r"2\s+pinyin-gloss\s+導\(dǎo\)語\(yǔ\)\s+導語", text)
    assert re.search(r"资金问\s+unknown", text)
    assert re.search(r"拨打其\s+拨打其电话", text)
    assert re.search(r"decode\s+utf-8, 298 characters\s+detector/text/decode.py", text)
    assert "Stages" not in printed(explain(FARM, verdict(), headings(FARM)))


def test_score_goes_from_the_prior_to_the_total() -> None:
    text = printed(views()["explain"])
    score = text[text.index("Score") :]
    found = re.findall(r"^(before looking|[a-z-]+)\s+([+−][\d.]+)\s", score, re.MULTILINE)
    assert found == [
        ("before looking", "−3.2"),
        ("notice-free-mail", "+4.5"),
        ("empty-tail-heading", "+3.0"),
        ("family-of-hosts", "+2.4"),
        ("stock-opener", "+1.2"),
        ("named-author", "−0.8"),
        ("total", "+7.1"),
    ]
    assert "99.3 % farm page" in score


def test_bars_show_their_direction_without_colour() -> None:
    lines = printed(views()["explain"]).split("\n")
    assert "▒" in next(line for line in lines if line.startswith("named-author"))
    assert "█" in next(line for line in lines if line.startswith("stock-opener"))


def test_document_of_many_lines_shows_both_ends() -> None:
    long = document("long", "\n".join(f"第{n}行的正文。" for n in range(5000)))
    text = printed(explain(long, Verdict(False, 0.1, -3.2, -3.2, (), ()), ()))
    assert "第0行的正文。" in text
    assert "第4999行的正文。" in text
    assert "4,600 more lines" in text


def test_compare_shows_relation_figures_and_outlines_side_by_side() -> None:
    text = printed(views()["compare"])
    assert "templated: the same outline with other names put in" in text
    assert "Jaccard 0.610 (61 %), containment 0.700 (70 %), outline 0.920 (92 %)" in text
    assert re.search(r"青河湿地公园开放时间 time\s+南屿湿地公园开放时间 time", text)


def test_compare_shows_sentences_before_and_after() -> None:
    lines = [line.rstrip() for line in printed(views()["compare"]).split("\n")]
    place = lines.index("− 二、青河湿地公园开放时间")
    assert lines[place + 1] == "+ 二、南屿湿地公园开放时间"


def test_compare_of_unrelated_documents_says_so() -> None:
    text = printed(compare(FARM, document("n", fake_run.ARTICLE), None, headings(FARM), ()))
    assert "unrelated: neither copies nor one template" in text


def test_compare_of_equal_documents_shows_no_change() -> None:
    same = Pair("a", "b", "exact", 1.0, 1.0)
    text = printed(compare(FARM, FARM, same, (), ()))
    assert "0 only in the first, 0 only in the second" in text
    assert "Outlines" not in text


def test_every_rule_stands_in_the_table_and_has_a_panel() -> None:
    rules: Sequence[Rule] = load_rules().rules
    text = printed(rules_table(rules), width=200)
    assert all(rule.id in text for rule in rules)
    assert f"{len(rules)} rules" in text
    for rule in rules:
        panel = printed(rule_panel(rule), width=200)
        assert rule.id in panel
        assert rule.status in panel
        assert panel.count("✓") == len(rule.hits)


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=60), st.text(alphabet="山水[bold]\x1b[31m\u202e\ud800\x00\n一、", max_size=60))
def test_text_of_documents_never_drives_the_terminal(title: str, body: str) -> None:
    hostile = document(
        "x", f"{title}\n{body}\n[red]一[/red]\x1b[2J", [Repair("k", 1, body, title, 0)], [Hole(0, 1, body, title)]
    )
    found = Evidence("rule", "kind", 1.0, 0, 3, body, {"fact": title})
    made = Verdict(False, 0.2, -2.0, -3.0, ("kind",), (found,))
    texts = printed(explain(hostile, made, headings(hostile), [("decode", title, body)]))
    texts += printed(compare(hostile, document("n", fake_run.ARTICLE), None, headings(hostile), ()))
    assert not set(texts) & set("\x1b\x00\u202e\ud800")
    texts.encode("utf-8")
    assert "[red]一[/red]" in texts
