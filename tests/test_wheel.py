"""The wheel holds all that a run needs: installed elsewhere it finds the same rules and scans."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import orjson
import pytest
from spine_corpus import TAIL, farm_text

from detector.rules import load_rules

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `detector` command of an environment that holds the wheel, and the dependencies of this one."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    kept = ("detector", "rules", "pyproject.toml", "README.md", "LICENSE")
    for name in kept:
        path = REPOSITORY / name
        if path.is_dir():
            shutil.copytree(path, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif path.exists():
            source.mkdir(exist_ok=True)
            shutil.copy(path, source / name)
    pytest.importorskip("hatchling")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=source,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    home = folder / "env"
    venv.create(home, with_pip=False, symlinks=os.name == "posix")
    paths = sysconfig.get_paths(vars={"base": str(home), "platbase": str(home)})
    target, scripts = Path(paths["purelib"]), Path(paths["scripts"])
    shutil.unpack_archive(wheel, target, "zip")
    (target / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    command = scripts / "detector"
    # What an installer makes of the entry point, which a wheel holds as a line of text.
    assert "detector = detector.cli:main" in next(target.glob("*.dist-info/entry_points.txt")).read_text()
    command.write_text(
        f"#!{scripts / 'python'}\nimport sys\nfrom detector.cli import main\nif __name__ == '__main__':\n    sys.exit(main())\n"
    )
    command.chmod(0o755)
    return command


def run(command: Path, *arguments: str, folder: Path) -> str:
    python = command.with_name("python")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    done = subprocess.run([python, command, *arguments], cwd=folder, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def test_wheel_scans_from_another_folder_with_the_rules_of_the_checkout(installed: Path, tmp_path: Path) -> None:
    where = "import detector; print(detector.__file__)"
    python = installed.with_name("python")
    found = subprocess.run([python, "-c", where], cwd=tmp_path, capture_output=True, check=True, env={}).stdout.decode()
    assert str(REPOSITORY) not in found, "the test must run the wheel, not the checkout"
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "farm.txt").write_text(farm_text("青河"), encoding="utf-8")
    summary = run(installed, "scan", "pages", "--out", "result", "--workers", "1", folder=tmp_path)
    assert "1 documents read" in summary or "1 document read" in summary
    manifest = orjson.loads((tmp_path / "result" / "manifest.json").read_bytes())
    assert manifest["rules_digest"] == load_rules(REPOSITORY / "rules").digest == load_rules().digest
    (row,) = map(orjson.loads, (tmp_path / "result" / "documents.jsonl").read_bytes().splitlines())
    assert row["farm"]
    assert TAIL[1] not in row["text"]
    assert (tmp_path / "result" / "report.html").stat().st_size > 10_000
