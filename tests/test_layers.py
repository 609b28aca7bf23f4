"""The order of the rooms: a module imports only from its own room and from rooms before it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import detector

PACKAGE = Path(detector.__file__).parent
# docs/design.md, in the order in which data walks through them. Modules of one entry may know each other.
ORDER = (
    ("types",),
    ("errors",),
    ("settings",),
    ("compiled",),
    ("text",),
    ("rules",),
    ("read",),
    ("page",),
    ("dup",),
    ("template",),
    ("judge",),
    ("kit",),
    ("article",),
    ("fingerprint",),
    ("context",),
    ("pipeline",),
    ("engine", "meter"),
    ("write", "rows", "stream", "choose", "stages", "groups", "inputs"),
    ("tasks",),
    ("report", "terminal"),
    ("corpus",),
    ("api",),
    ("cli", "__main__"),
)
PLACE = {room: place for place, rooms in enumerate(ORDER) for room in rooms}
ONE_STEP = ("text", "rules", "read", "page", "dup", "template", "judge")  # rooms that one step of the pipeline each is made of
EXCEPTIONS = {
    ("types", "dup"),  # Sketch.to_datasketch and back: two methods that import when they are called
    ("judge", "api"),  # the room has the name of the library call, and passes it on
}
PIPELINE = {"kit", "article", "fingerprint", "context", "pipeline"}
KNOWS_MANY = PIPELINE | {"corpus", "tasks", "groups", "inputs", "stages", "stream", "choose", "rows", "api", "cli"}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(path: Path) -> Iterator[tuple[int, str]]:
    """(line, room) of each import of the package, those inside functions, too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            whole = node.module == "detector"
            names = [f"detector.{a.name}" for a in node.names] if whole else [node.module or ""]
        for name in names:
            parts = name.split(".")
            if parts[0] == "detector" and len(parts) > 1 and not parts[1].startswith("__"):
                yield node.lineno, parts[1]


def test_every_module_has_a_room() -> None:
    assert {room_of(path) for path in MODULES} - {"index"} <= set(PLACE)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_module_imports_only_from_rooms_before_it(path: Path) -> None:
    room = room_of(path)
    if room not in PLACE:
        pytest.skip(f"{room} has no place in the order yet")
    later = [(line, other) for line, other in imports_of(path) if PLACE.get(other, -1) > PLACE[room]]
    wrong = [f"line {line}: {other}" for line, other in later if (room, other) not in EXCEPTIONS]
    assert not wrong, f"{path.relative_to(PACKAGE)} ({room}) imports from later rooms: {', '.join(wrong)}"


def test_only_the_pipeline_and_what_follows_it_knows_several_steps() -> None:
    for path in MODULES:
        room = room_of(path)
        if room not in ONE_STEP and room not in KNOWS_MANY:
            steps = {other for _, other in imports_of(path) if other in ONE_STEP}
            assert len(steps) <= 2, f"{path.relative_to(PACKAGE)} knows {sorted(steps)}"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_module_opens_with_a_sentence(path: Path) -> None:
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert text, f"{path.relative_to(PACKAGE)} has no docstring"
    assert text.split("\n\n")[0].rstrip().endswith((".", ":", "?"))


def test_no_module_is_a_bag() -> None:
    bags = {"utils", "util", "helpers", "helper", "core", "base", "common", "misc"}
    assert not [path for path in MODULES if path.stem in bags]
