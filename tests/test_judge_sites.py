"""Site rows: shares and an honest lower bound."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from detector.judge.sites import SiteRow, sites, wilson_lower

rows = st.lists(
    st.builds(
        SiteRow,
        st.sampled_from(["a.example", "b.example", None]),
        st.booleans(), st.booleans(), st.booleans(),
        st.integers(0, 50), st.integers(50, 100),
    ),
    max_size=30,
)  # fmt: skip


@given(rows, st.randoms())
def test_order_of_documents_does_not_matter(items: list[SiteRow], random: object) -> None:
    shuffled = list(items)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert sites(shuffled) == sites(items)


@given(rows)
def test_every_page_with_a_host_is_counted_once_and_shares_are_shares(items: list[SiteRow]) -> None:
    found = sites(items)
    assert sum(site.pages for site in found) == sum(row.host is not None for row in items)
    for site in found:
        for share in (site.duplicate_share, site.templated_share, site.related_share, site.score):
            assert 0.0 <= share <= 1.0
        assert site.score <= site.farm_pages / site.pages + 1e-4


def test_one_farm_page_says_less_than_fifty() -> None:
    assert wilson_lower(1, 1) < wilson_lower(50, 50)
    assert wilson_lower(0, 10) == 0.0


def test_sites_come_by_falling_score_then_name() -> None:
    made = [SiteRow("b.example", True, False, True, 10, 100), SiteRow("a.example", False, False, False, 0, 100)]
    made += [SiteRow("c.example", False, True, False, 0, 100)]
    assert [site.host for site in sites(made)] == ["b.example", "a.example", "c.example"]
    assert sites(made)[0].related_share == 0.1
