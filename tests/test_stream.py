"""Documents one by one: cleaned rows look like the rows that came in."""

from __future__ import annotations

from collections.abc import Iterator

import orjson
import pytest
from spine_corpus import ARTICLES, RIVER, farm_text

from detector.kit import Kit, make_kit
from detector.read.tables import records_of
from detector.settings import Settings
from detector.stream import BATCH, clean_records, cleaned_row, repair_text, repaired_line
from detector.types import Failure, Record

TEA = ARTICLES["tea"]


@pytest.fixture(scope="module")
def kit() -> Kit:
    return make_kit(Settings())


def test_cleaned_row_keeps_names_and_values_of_the_input(kit: Kit) -> None:
    row = {
        "docid": "7",
        "正文": farm_text("青河"),
        "标题": "湿地",
        "链接": None,
        "日期": "2024-03-01",
        "n": {"a": [1]},
        "farm": True,
    }
    (record,) = records_of([row], Settings())
    (made,) = clean_records([record], kit)
    assert not isinstance(made, Failure)
    out = cleaned_row(*made)
    assert {k: v for k, v in out.items() if k not in ("正文", "repairs")} == {k: v for k, v in row.items() if k != "正文"}
    assert "侵权" not in out["正文"]
    assert out["repairs"] == []


def test_records_and_failures_come_out_in_order(kit: Kit) -> None:
    failure = Failure("s:2", "read", "broken")
    items = [failure if i % 5 == 2 else Record(str(i), "s", f"{TEA}{i}") for i in range(BATCH + 3)]
    made = list(clean_records(items, kit))
    assert [m if isinstance(m, Failure) else m[0].id for m in made] == [m if isinstance(m, Failure) else m.id for m in items]


def test_record_that_is_no_text_is_a_failure_at_its_place(kit: Kit) -> None:
    made = list(clean_records([Record("a", "a", TEA), Record("b", "b", bytes(range(256)) * 20), Record("c", "c", TEA)], kit))
    assert [isinstance(m, Failure) for m in made] == [False, True, False]
    assert isinstance(made[1], Failure)
    assert made[1].stage == "decode"


def test_stream_is_read_a_batch_at_a_time(kit: Kit) -> None:
    drawn: list[int] = []

    def records() -> Iterator[Record]:
        for i in range(10 * BATCH):
            drawn.append(i)
            yield Record(str(i), "s", "茶园")

    next(clean_records(records(), kit))
    assert len(drawn) <= BATCH


def test_repaired_record_is_text_where_it_was_a_file_and_a_row_where_it_was_one() -> None:
    repaired = repair_text(RIVER)
    assert repaired_line(Record("a", "a.txt", RIVER), repaired) == RIVER.encode()
    (record,) = records_of([{"content": RIVER, "k": 1}], Settings())
    assert isinstance(record, Record)
    row = orjson.loads(repaired_line(record, repaired))
    assert (row["content"], row["k"]) == (RIVER, 1)


def test_page_in_a_row_gives_its_text_and_title(kit: Kit) -> None:
    (record,) = records_of(
        [{"html": f"<html><head><title>茶</title></head><body><h1>春茶开采的第三天</h1><p>{TEA}</p></body></html>"}], Settings()
    )
    (made,) = clean_records([record], kit)
    assert not isinstance(made, Failure)
    out = cleaned_row(*made)
    assert "竹篓" in out["text"]
    assert "<p>" not in out["text"]
    assert "html" not in out
