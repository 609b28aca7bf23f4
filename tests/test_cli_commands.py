"""Every command: what it prints, what it writes, and the code it ends with."""

from __future__ import annotations

import csv
import gzip
import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest
from click.testing import CliRunner
from spine_corpus import ARTICLES, BRIDGE_TRADITIONAL, RIVER, farm_text, rows, table, write_jsonl

from detector import __version__
from detector.cli.main import COMMANDS, cli, main

TEA = ARTICLES["tea"]
HELP_WIDTH = 100


class Ran(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command line in this process, as the installed command does."""

    def call(*arguments: object, stdin: bytes | None = None) -> Ran:
        if stdin is not None:
            monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        with pytest.raises(SystemExit) as ended:
            main([str(a) for a in arguments])
        captured = capsys.readouterr()
        return Ran(int(ended.value.code or 0), captured.out, captured.err)

    return call


@pytest.fixture
def finished(tmp_path: Path, small_run: Path) -> Path:
    """A copy of the run of the small corpus that a test may change."""
    return Path(shutil.copytree(small_run, tmp_path / "finished"))


# --- help ---------------------------------------------------------------------------------------------------------------


def commands_below(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    if hasattr(command, "list_commands"):
        import click

        context = click.Context(command)
        for name in command.list_commands(context):
            yield from commands_below(command.get_command(context, name), (*path, name))


@pytest.mark.parametrize("path", list(commands_below(cli)), ids=lambda p: " ".join(p) or "detector")
def test_every_command_has_help_that_explains_each_option(path: tuple[str, ...]) -> None:
    made = CliRunner().invoke(cli, [*path, "--help"], terminal_width=HELP_WIDTH)
    assert made.exit_code == 0
    assert made.output.startswith("Usage: ")
    body = made.output.split("\n", 2)[2].strip()
    assert body, "no description"
    assert max(map(len, made.output.splitlines())) <= HELP_WIDTH
    options = re.search(r"\nOptions:\n(.*?)(?:\n\n|\Z)", made.output, re.DOTALL)
    assert options
    for option in re.split(r"\n(?=  -)", options[1]):
        assert re.search(r"\S {2,}\S|\n {10,}\S", option), f"{' '.join(path)}: no words on {option.strip()}"


def test_help_lists_every_command_with_words() -> None:
    text = CliRunner().invoke(cli, ["-h"]).output
    for name, words in COMMANDS.items():
        assert re.search(rf"\n  {name} +\S", text), name
        assert words.endswith(".")
    assert "Exit codes" in text


def test_every_command_is_documented() -> None:
    readme = Path(__file__).parents[1] / "README.md"
    docs = [readme, *(readme.parent / "docs").glob("*.md")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in docs if path.exists())
    assert [name for name in COMMANDS if f"detector {name}" not in text] == []


def test_version(run: Run) -> None:
    assert run("--version") == (0, f"detector, version {__version__}\n", "")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nothing"],
        ["scan"],
        ["scan", "x"],
        ["scan", "x", "--out", "o", "--keep", "none"],
        ["scan", "x", "--out", "o", "--workers", "0"],
        ["scan", "x", "--out", "o", "--nothing"],
        ["scan", "nowhere.txt", "--out", "o"],
        ["scan", "x", "--out", "o", "--threshold", "2"],
        ["scan", "x", "--out", "o", "--config", "nowhere.toml"],
        ["explain", "nowhere.txt"],
        ["compare", "nowhere.txt", "nowhere.txt"],
        ["report", "nowhere"],
        ["rules", "show", "nothing"],
        ["rules", "try", "nothing", "x"],
        ["rules", "stats", "."],
        ["blocklist", "."],
        ["report", "."],
        ["clean", "--fill-holes"],
    ],
)
def test_wrong_usage_ends_with_2_and_a_message_on_standard_error(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    (tmp_path / "x").write_text(TEA, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    made = run(*arguments)
    assert made.code == 2
    assert made.out == ""
    assert made.err
    assert "Traceback" not in made.err
    assert not (tmp_path / "o").exists()


# --- scan ---------------------------------------------------------------------------------------------------------------


def test_scan_prints_its_summary_and_keeps_standard_error_for_talk(
    run: Run, tmp_path: Path, small_input: Path, small_run: Path
) -> None:
    made = run("scan", small_input, "--out", tmp_path / "out", "--workers", 1)
    assert made.code == 0
    assert f"{len(rows())} documents read" in made.out
    assert "small.jsonl: reading text=text, id=id, url=url, date=date" in made.err
    assert "\x1b" not in made.out + made.err, "no colour and no progress bar where there is no terminal"
    assert table(tmp_path / "out", "documents") == table(small_run, "documents")


def test_quiet_scan_says_nothing(run: Run, tmp_path: Path, small_input: Path) -> None:
    assert run("scan", small_input, "-o", tmp_path, "--workers", 1, "--quiet") == (0, "", "")


@pytest.mark.parametrize(
    ("texts", "fail_on", "code"),
    [
        ([farm_text("青河")], ["farm"], 1),
        ([farm_text("青河")], [], 0),
        ([farm_text("青河")], ["duplicate"], 0),
        ([RIVER, RIVER], ["duplicate"], 1),
        ([RIVER, RIVER], ["farm"], 0),
        ([TEA, RIVER], ["farm", "duplicate"], 0),
        ([farm_text("青河"), None], ["farm"], 1),
        ([TEA, None], ["farm"], 3),
        ([None], [], 3),
    ],
)
def test_exit_codes_of_a_scan(run: Run, tmp_path: Path, texts: list[str | None], fail_on: list[str], code: int) -> None:
    write_jsonl(tmp_path / "a.jsonl", [{"text": text} for text in texts])
    options = [part for kind in fail_on for part in ("--fail-on", kind)]
    assert run("scan", tmp_path / "a.jsonl", "-o", tmp_path / "out", "-q", "--workers", 1, *options).code == code


def test_scan_says_what_failed_first(run: Run, tmp_path: Path, small_input: Path) -> None:
    made = run("scan", small_input, "-o", tmp_path / "out", "--workers", 1, "--text-field", "bdy")
    assert made.code == 3
    assert "no column 'bdy'" in made.err
    assert made.err.count("detector: ") == 3


def test_results_are_not_written_over_an_input(run: Run, tmp_path: Path) -> None:
    for command, name in (("scan", "documents.jsonl"), ("dedup", "kept.jsonl"), ("dedup", "removed.jsonl")):
        folder = tmp_path / f"{command}-{name}"
        folder.mkdir()
        write_jsonl(folder / name, [{"text": TEA}, {"text": TEA}])
        before = (folder / name).read_bytes()
        made = run(command, folder / name, "--out", folder)
        assert (made.code, made.out) == (2, "")
        assert "choose another --out" in made.err
        assert [(p.name, p.read_bytes()) for p in folder.iterdir()] == [(name, before)]


def test_dedup_twice_into_one_folder_but_not_into_that_of_a_scan(run: Run, tmp_path: Path, finished: Path) -> None:
    write_jsonl(tmp_path / "a.jsonl", [{"text": TEA}, {"text": TEA}])
    for _ in range(2):
        assert run("dedup", tmp_path / "a.jsonl", "--out", tmp_path / "out", "--quiet").code == 0
    assert run("dedup", tmp_path / "a.jsonl", "--out", finished, "--quiet").code == 2
    assert run("scan", tmp_path / "a.jsonl", "--out", tmp_path / "out", "--quiet").code == 2


def test_scan_options_reach_the_settings(run: Run, tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text('threshold = 0.9\non = "text"\n[fields]\ntext = "a"\n')
    write_jsonl(tmp_path / "a.jsonl", [{"b": TEA, "key": "k", "Wann": "2024"}])
    options = [
        "--config",
        tmp_path / "s.toml",
        "--threshold",
        "0.8",
        "--text-field",
        "b",
        "--id-field",
        "key",
        "--date-field",
        "Wann",
    ]
    options += ["--keep", "earliest", "--prefer-host", "a.example", "--keep-farms", "--max-bytes", "100000"]
    assert run("scan", tmp_path / "a.jsonl", "-o", tmp_path / "out", "-q", "--workers", 1, *options).code == 0
    settings = orjson.loads((tmp_path / "out" / "manifest.json").read_bytes())["settings"]
    shown = [settings[name] for name in ("threshold", "on", "keep", "prefer_hosts", "keep_farms", "max_bytes")]
    assert shown == [0.8, "text", "earliest", ["a.example"], True, 100000]
    (row,) = table(tmp_path / "out", "documents")
    assert (row["id"], row["published"]) == ("k", "2024")


def test_scan_of_standard_input(run: Run, tmp_path: Path) -> None:
    data = gzip.compress((tmp_path / "x").write_bytes(b"") or b"".join(orjson.dumps({"text": t}) + b"\n" for t in (TEA, RIVER)))
    assert run("scan", "-", "-o", tmp_path / "out", "-q", "--workers", 1, stdin=data).code == 0
    assert [row["source"] for row in table(tmp_path / "out", "documents")] == ["stdin", "stdin"]


def test_scan_in_parquet(run: Run, tmp_path: Path, small_input: Path) -> None:
    assert run("scan", small_input, "-o", tmp_path, "-q", "--workers", 1, "--format", "parquet").code == 0
    assert (tmp_path / "documents.parquet").exists()
    assert run("rules", "stats", tmp_path).out.startswith("documents\tfarms\trule\n5\t5\t")
    assert run("blocklist", tmp_path).code == 0


def test_scan_into_a_file(run: Run, tmp_path: Path, small_input: Path) -> None:
    (tmp_path / "out").write_text("x")
    made = run("scan", small_input, "-o", tmp_path / "out", "-q", "--workers", 1)
    assert made.code == 2
    assert "choose another --out" in made.err


# --- clean --------------------------------------------------------------------------------------------------------------


def test_clean_turns_lines_into_lines_and_keeps_other_columns(run: Run) -> None:
    documents = [{"doc_id": "1", "content": farm_text("青河"), "n": 1}, {"content": RIVER, "doc_id": "2", "repairs": "mine"}]
    made = run("clean", "-q", stdin=b"".join(orjson.dumps(d) + b"\n" for d in documents))
    found = [orjson.loads(line) for line in made.out.splitlines()]
    assert made.code == 0
    assert made.err == ""
    assert [row["doc_id"] for row in found] == ["1", "2"]
    assert found[0]["n"] == 1
    assert "侵权" not in found[0]["content"]
    assert found[1]["content"] == RIVER
    assert found[1]["repairs"] == "mine"


def test_clean_of_text_page_and_packed_lines(run: Run) -> None:
    page = f"<html><body><p>{TEA}</p></body></html>".encode()
    for data in (TEA.encode(), page, gzip.compress(orjson.dumps({"text": TEA}))):
        made = run("clean", "-", stdin=data)
        assert "竹篓" in orjson.loads(made.out)["text"]


def test_clean_goes_on_behind_a_broken_line_and_ends_with_3(run: Run) -> None:
    made = run("clean", stdin=b'{"text": "x\n' + orjson.dumps({"text": TEA}) + b"\n")
    assert made.code == 3
    assert "stdin:1: read: not JSON" in made.err
    assert len(made.out.splitlines()) == 1


def test_repair_only_gives_a_text_back_as_text(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(f"{RIVER}\n最新文章\n", encoding="utf-8")
    made = run("clean", "--repair-only", tmp_path / "a.txt")
    assert (made.code, made.out) == (0, f"{RIVER}\n最新文章\n")
    made = run("clean", "--repair-only", "-q", stdin=orjson.dumps({"text": RIVER, "n": 1}))
    assert orjson.loads(made.out)["n"] == 1


# --- explain, compare ---------------------------------------------------------------------------------------------------


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    names = {"farm": farm_text("青河"), "bridge": ARTICLES["bridge"], "hant": BRIDGE_TRADITIONAL, "tea": TEA}
    for name, text in names.items():
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
    return tmp_path


def test_explain_shows_lines_labels_rules_and_score(run: Run, texts: Path) -> None:
    made = run("explain", texts / "farm.txt")
    assert made.code == 0
    for part in ("湿地公园", "disclaimer", "notice-user-content", "bits"):
        assert part in made.out
    assert "\x1b" not in made.out


def test_explain_stages_names_each_stage_and_the_file_that_made_it(run: Run, texts: Path) -> None:
    out = run("explain", texts / "farm.txt", "--stages").out
    for stage in ("decode", "repair", "label", "strip", "fold", "sketch", "outline", "template", "evidence", "score"):
        assert re.search(rf"\b{stage}\b", out), stage
    package = Path(__file__).parents[1]
    files = set(re.findall(r"detector/[a-z_/]+\.py", out))
    assert len(files) >= 8
    assert all((package / file).exists() for file in files)


def test_explain_finds_a_document_of_a_table(run: Run, small_input: Path) -> None:
    assert "围棋" in run("explain", small_input, "--id", "chess").out
    made = run("explain", small_input, "--id", "none")
    assert made.code == 2
    assert "'none'" in made.err


@pytest.mark.parametrize(
    ("a", "b", "relation"), [("bridge", "hant", "exact"), ("tea", "bridge", None), ("tea", "tea", "exact")]
)
def test_compare_names_the_relation(run: Run, texts: Path, a: str, b: str, relation: str | None) -> None:
    made = run("compare", texts / f"{a}.txt", texts / f"{b}.txt")
    assert made.code == 0
    assert (relation or "not related") in made.out.lower() or relation is None
    if relation is None:
        assert "exact" not in made.out


# --- report, rules, blocklist, doctor -----------------------------------------------------------------------------------


def test_report_is_drawn_again_to_the_same_bytes(run: Run, finished: Path) -> None:
    before = (finished / "report.html").read_bytes()
    (finished / "report.html").unlink()
    made = run("report", finished)
    assert made.code == 0
    assert f"{len(rows())} documents read" in made.out
    assert (finished / "report.html").read_bytes() == before
    assert run("report", finished, "--quiet").out == ""
    assert sorted(p.suffix for p in finished.iterdir()) == [".html"] + [".json"] + [".jsonl"] * 8


def test_rules_list_show_and_try(run: Run) -> None:
    listed = run("rules", "list").out
    assert "notice-user-content" in listed
    assert len(re.findall(r"\b[a-z]+-[a-z-]+\b", listed)) > 40
    only = run("rules", "list", "--kind", "notice").out
    assert "notice-user-content" in only
    assert len(only) < len(listed)
    shown = run("rules", "show", "notice-user-content").out
    assert "notice" in shown
    hit = run("rules", "try", "notice-user-content", "声明：本文由网友投稿，仅供参考")
    assert hit.code == 0
    assert re.fullmatch(r"(\d+)-(\d+)\t\S+\n", hit.out)
    assert run("rules", "try", "notice-user-content", "茶园里的雾").code == 1
    assert run("rules", "try", "notice-user-content", "-", stdin="本文由网友投稿".encode()).code == 0


def test_rules_stats_count_documents(run: Run, finished: Path) -> None:
    lines = [line.split("\t") for line in run("rules", "stats", finished).out.splitlines()]
    assert lines[0] == ["documents", "farms", "rule"]
    assert ["5", "5", "notice-user-content"] in lines
    assert [int(line[0]) for line in lines[1:]] == sorted((int(line[0]) for line in lines[1:]), reverse=True)


def test_blocklist_in_all_forms(run: Run, finished: Path) -> None:
    assert set(run("blocklist", finished).out.splitlines()) == {"*://*.farm0.example/*", "*://*.farm1.example/*"}
    assert set(run("blocklist", finished, "--as", "hosts").out.splitlines()) == {
        "0.0.0.0 farm0.example",
        "0.0.0.0 farm1.example",
    }
    found = list(csv.DictReader(io.StringIO(run("blocklist", finished, "--as", "csv").out)))
    assert {row["host"]: (row["pages"], row["farm_pages"]) for row in found} == {
        "farm0.example": ("3", "3"),
        "farm1.example": ("2", "2"),
    }
    assert run("blocklist", finished, "--min-pages", 3).out == "*://*.farm0.example/*\n"
    assert run("blocklist", finished, "--min-pages", 9) == (0, "", "")


def test_doctor_is_content_with_this_machine(run: Run) -> None:
    made = run("doctor")
    assert made.code == 0
    assert made.out.endswith("self-test: ok\n")
    assert __version__ in made.out


# --- as processes -------------------------------------------------------------------------------------------------------


def detector(*arguments: object, **options: Any) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "detector", *map(str, arguments)], capture_output=True, check=False, **options
    )


def test_module_runs_as_the_command() -> None:
    done = detector("--version")
    assert (done.returncode, done.stdout.decode().strip(), done.stderr) == (0, f"detector, version {__version__}", b"")


@pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")
def test_reader_that_goes_away_is_no_traceback(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "a.jsonl", [{"text": RIVER * 20, "id": i} for i in range(300)])
    with subprocess.Popen(
        [sys.executable, "-m", "detector", "clean", "-q", str(tmp_path / "a.jsonl")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        talk = process.stderr.read()
    assert b"Traceback" not in talk
    assert b"Exception" not in talk


def test_terminal_gets_a_progress_bar_on_standard_error_only(tmp_path: Path, small_input: Path) -> None:
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "detector", "scan", str(small_input), "-o", str(tmp_path / "out"), "--workers", "1"],
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    ) as process:
        os.close(theirs)
        talk = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:
                break
            if not piece:
                break
            talk += piece
        assert process.stdout is not None
        out = process.stdout.read()
    os.close(ours)
    assert process.returncode == 0
    assert b"\x1b[" in talk
    assert b"examine" in talk
    assert b"documents read" in out
    assert b"\x1b[" not in out
