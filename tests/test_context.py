"""Relations into what they say of one document."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from spine_corpus import ARTICLES

from detector.context import contexts
from detector.fingerprint import Examined, Fingerprint
from detector.kit import make_kit
from detector.pipeline import examine, relate
from detector.read.owners import owners_of
from detector.settings import Settings
from detector.types import Record

MAILBOX = "投稿信箱：chen_river88@163.com"


def contact_hosts(hosts: list[str | None]) -> int:
    """Hosts that count for the contact of a first document, where articles on `hosts` give the same mailbox."""
    kit = make_kit(Settings())
    records = [Record(id=str(i), content=f"{text}\n{MAILBOX}", source="s") for i, text in enumerate(ARTICLES.values())]
    made: list[Any] = examine(records[: len(hosts)], kit)
    assert all(isinstance(each, Examined) for each in made)
    rows: list[Fingerprint] = [replace(m.fingerprint, host=host) for m, host in zip(made, hosts, strict=True)]
    found = contexts(rows, relate(rows, [m.folded for m in made], kit))
    assert dict(found["0"].shared_contacts) == {"mail:chen_river88@163.com": len(hosts)}
    return found["0"].contact_hosts


@pytest.mark.parametrize(
    ("hosts", "expected"),
    [
        (["a.example.com", "b.example.com", "example.com"], 1),
        (["sports.paper.com.cn", "news.paper.com.cn", "other.com.cn"], 2),
        (["one.cn", "two.cn", "three.cn"], 3),
        (["anna.github.io", "bert.github.io", "cara.github.io"], 3),
        (["10.0.0.1", "10.0.0.2", None], 2),
        ([None, None, None], 0),
    ],
)
def test_hosts_of_one_owner_count_once(hosts: list[str | None], expected: int) -> None:
    assert contact_hosts(hosts) == expected


@pytest.mark.parametrize("host", ["localhost", "com.cn", "2001:db8::1", "10.0.0.1"])
def test_host_without_a_registered_domain_stands_for_itself(host: str) -> None:
    assert owners_of([host, None]) == {host: host, None: None}
