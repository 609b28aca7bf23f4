"""Where a line lies in the tree of its page: the part with the text, posts that are alike, and no effect of the batch."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from detector.page.blocks import Page, blocks_of
from detector.page.features import line_features
from detector.page.lines import page_sheet
from detector.page.places import forest_of
from detector.page.walk import Block

PROSE = "雨停了以后，院子里的石榴树落了一地的花，奶奶让我扫到树根下面去。"
TAGS = st.sampled_from(
    [
        "<div>",
        "</div>",
        "<ul>",
        "</ul>",
        "<div class=a>",
        "<td>",
        "<p>一句话，两句话，三句话，就这样说完了。",
        "<a href=x>链接</a>",
    ]
)


def column(html: str, name: str) -> dict[str, float]:
    page = blocks_of(html)
    matrix, names = line_features(page_sheet([page], None))
    return {block.text[:8]: float(value) for block, value in zip(page.blocks, matrix[:, names.index(name)], strict=True)}


def test_lines_outside_of_the_main_column_are_far_from_the_path() -> None:
    found = column(
        f"<div><div><p>{PROSE}</p><p>{PROSE}晴天也一样。</p><p>短。</p></div></div><div><a href=x>别的文章</a></div>",
        "path_out",
    )
    assert found["短。"] == 0
    assert found["别的文章"] > 0


def test_posts_of_a_thread_are_alike_and_the_first_has_nothing_above() -> None:
    posts = "".join(f"<div class=post><div class=user>住户{n}</div><div class=t>{PROSE}{n}</div></div>" for n in range(4))
    page = f"<body><div><h1>院子里的树</h1>{posts}</div></body>"
    assert column(page, "alike")["住户2"] == 4
    assert column(page, "alike_before")["住户2"] == 0
    assert column(page, "page_single")["住户2"] == 0


def test_comments_below_an_article_have_it_above_them() -> None:
    comments = "".join(f"<div class=c><p>{PROSE}{n}</p></div>" for n in range(3))
    page = (
        f"<body><div><div class=main><p>文{PROSE}</p><p>章{PROSE}</p><p>尾{PROSE}</p></div><div>{comments}</div></div></body>"
    )
    assert 0.4 < column(page, "alike_before")[PROSE[:8]] < 0.6


def test_the_forest_knows_parents_depths_and_ends() -> None:
    page = blocks_of("<body><div>一<ul><li>二</ul></div><div>三</div></body>")
    forest = forest_of(page_sheet([page], None))
    by_text = {block.text: int(forest.of_line[n]) for n, block in enumerate(page.blocks)}
    one, two, three = by_text["一"], by_text["二"], by_text["三"]
    assert forest.parent[two] == one
    assert forest.depth[two] == forest.depth[one] + 1
    assert forest.parent[one] == forest.parent[three]
    assert forest.end[one] == three
    assert forest.totals(np.ones(3, np.int64))[one] == 2


def test_a_page_made_by_hand_needs_no_tree() -> None:
    page = Page((Block("一", container=3), Block("二", container=1)))
    assert len(forest_of(page_sheet([page], None)).parent) == 4


def features(pages: list[Page]) -> NDArray[np.float32]:
    return line_features(page_sheet(pages, None))[0]


@given(st.lists(st.lists(TAGS, max_size=14), min_size=2, max_size=4))
@settings(max_examples=60, deadline=None)
def test_a_page_has_the_same_features_alone_and_in_a_batch(sources: list[list[str]]) -> None:
    pages = [page for page in (blocks_of("".join(pieces)) for pieces in sources) if page.blocks]
    if pages:
        assert np.array_equal(features(pages), np.concatenate([features([page]) for page in pages]))
