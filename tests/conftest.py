"""What several tests share: one scan of the small corpus, and the places of data that may be absent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from spine_corpus import rows, write_jsonl

REPOSITORY = Path(__file__).resolve().parents[1]
SHARED = REPOSITORY.parent / "shared"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data, `$DETECTOR_DATA` or ../shared/data; the test is skipped where it is absent."""
    folder = Path(os.environ.get("DETECTOR_DATA", SHARED / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data: neither $DETECTOR_DATA nor {SHARED / 'data'} is a folder")
    return folder


@pytest.fixture(scope="session")
def shared_seeds() -> Path:
    """The folder of the seed pages; the test is skipped where it is absent."""
    if not (SHARED / "seeds").is_dir():
        pytest.skip(f"no seed pages: {SHARED / 'seeds'} is no folder")
    return SHARED / "seeds"


@pytest.fixture(scope="session")
def small_input(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small corpus as one JSONL file."""
    return write_jsonl(tmp_path_factory.mktemp("input") / "small.jsonl", rows())


@pytest.fixture(scope="session")
def small_run(tmp_path_factory: pytest.TempPathFactory, small_input: Path) -> Path:
    """The output folder of one scan of the small corpus; read only."""
    from detector.corpus import scan_to_folder
    from detector.settings import Settings

    out = tmp_path_factory.mktemp("run") / "out"
    scan_to_folder([small_input], out, Settings())
    return out
