"""A batch of texts shows the same signs of damage as each of them alone, and is repaired alike."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from detector.text import gate
from detector.text.gatebatch import gate_batch
from detector.text.repair import repair, repair_batch

HANS = "我们今天讨论的是如何帮助社区居民解决停车难的问题，大家都提出了自己的看法。"
DAMAGED = (
    HANS[:6] + HANS[6:].encode("gbk")[1:].decode("gb18030", "replace"),
    HANS.encode("utf-8").decode("gb18030", "replace"),
    HANS.encode("gbk").decode("latin-1"),
    "圖書館(guǎn)的讀(dú)者服務(wù)",
    "提供贷-款，加微 信",
    "公司成立于年，資金問的，撥打其 ，",
    "&amp;quot; \\u793e &#31038;",
)
# Characters that flags, sums and separators depend on, among them some beyond the BMP and half a surrogate pair.
SIGNS = "的一贷 款微-信.&#au\\问。年于於\u200bāáÃ©¹«靶校复味枷招┍怀遄摺５笔鑱旂洘AB?;(\n，𠀀\ue0ef\ud800"

texts_of_signs = st.lists(st.text(st.sampled_from(SIGNS), max_size=40) | st.sampled_from(DAMAGED), max_size=8)


@settings(deadline=None)  # the compiled loop is loaded, or compiled, by the first example
@given(texts_of_signs)
def test_a_batch_shows_the_signs_of_its_texts(texts: list[str]) -> None:
    assert gate_batch(texts) == [gate.suspect(text) for text in texts]


@settings(deadline=None)  # the compiled loop is loaded, or compiled, by the first example
@given(st.text(max_size=200))
def test_any_text_shows_the_same_signs(text: str) -> None:
    assert gate_batch([text]) == [gate.suspect(text)]


def test_a_batch_is_repaired_as_its_texts_are() -> None:
    texts = [HANS, "", *DAMAGED, HANS * 3]
    assert repair_batch(texts) == [repair(text) for text in texts]
    assert repair_batch([]) == gate_batch([]) == []


def test_what_ends_one_text_does_not_touch_the_next() -> None:
    damaged = DAMAGED[1]
    for cut in range(len(damaged)):
        parts = [damaged[:cut], damaged[cut:]]
        assert gate_batch(parts) == [gate.suspect(part) for part in parts]
