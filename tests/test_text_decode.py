"""Bytes of every charset, declared rightly, wrongly or not at all, become the text that they were."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.errors import DecodeError
from detector.text.decode import decode

HANS = "这家平台的客服电话一直打不通，许多用户只好到社区论坛里交流各自的办法。2023年以后情况才慢慢好转。"
HANT = "這家平臺的客服電話一直打不通，許多用戶只好到社區論壇裡交流各自的辦法。2023年以後情況才慢慢好轉。"
ENCODINGS = ("utf-8", "gb18030", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "utf-8-sig", "utf-16", "utf-32")


@pytest.mark.parametrize("charset", ENCODINGS)
@pytest.mark.parametrize("text", [HANS, HANT])
def test_undeclared_bytes_of_every_charset_are_read(text: str, charset: str) -> None:
    assert decode(text.encode(charset)).text == text


def test_undeclared_big5_is_told_from_gbk() -> None:
    assert decode(HANT.encode("big5")).text == HANT
    assert decode(HANS.encode("gbk")).text == HANS


def test_hong_kong_characters_are_read() -> None:
    text = "佢哋喺嗰度傾偈，啲人話呢個平台嘅服務唔錯。"
    assert decode(text.encode("big5hkscs")).text == text


@pytest.mark.parametrize("declared", ["big5", "utf-8", "latin-1", "no-such-charset", "", None])
def test_a_wrong_declaration_is_not_believed(declared: str | None) -> None:
    assert decode(HANS.encode("gbk"), declared).text == HANS


def test_a_right_declaration_is_believed() -> None:
    decoded = decode("été à la plage".encode("latin-1"), "iso-8859-1")
    assert (decoded.text, decoded.charset, decoded.how) == ("été à la plage", "windows-1252", "declared")


def test_the_meta_element_of_a_page_counts_only_for_html() -> None:
    page = '<html><head><meta charset="gb2312"></head><p>好</p></html>'.encode("gbk")
    assert decode(page, html=True).how == "declared"
    assert decode(page, html=True).text.count("好") == 1


@pytest.mark.parametrize("cut", [1, 2])
def test_utf8_cut_off_within_a_character_stays_utf8(cut: int) -> None:
    decoded = decode(HANS.encode()[:-cut])
    assert decoded.charset == "utf-8"
    assert decoded.text.startswith(HANS[:-1])


def test_lines_in_another_charset_are_read_in_theirs() -> None:
    data = HANS.encode("gbk") + b"\n" + HANS.encode("utf-8") + b"\n" + HANS.encode("gbk")
    assert decode(data).text == "\n".join([HANS] * 3)
    data = HANS.encode("utf-8") * 2 + b"\n" + HANS.encode("gbk") + b"\n" + HANS.encode("utf-8")
    assert decode(data).text == "\n".join([HANS * 2, HANS, HANS])


def test_what_cannot_be_read_is_counted() -> None:
    decoded = decode(HANS.encode() + b"\xff\xfe" + HANS.encode())
    assert decoded.charset == "utf-8"
    assert decoded.replaced == decoded.text.count("\ufffd") > 0


def test_zero_bytes_that_pad_a_text_do_not_make_it_binary() -> None:
    assert decode(HANS.encode() + b"\0" * 5).text.rstrip("\0") == HANS
    assert decode(HANS.encode("gbk").replace("，".encode("gbk"), b"\0")).charset == "gb18030"


def test_a_character_cut_off_at_the_end_is_one_mark() -> None:
    assert decode((HANS + "𠮷").encode("gb18030")[:-2]).text == HANS + "\ufffd"
    assert decode(HANS.encode("gb18030")[:-1]).text == HANS[:-1] + "\ufffd"


def test_the_euro_sign_of_code_page_936_is_read() -> None:
    assert decode("票价".encode("gbk") + b"\x80" + ("20，" + HANS).encode("gbk")).text == "票价€20，" + HANS


def test_surrogates_written_as_utf8_are_one_character() -> None:
    assert decode(HANS.encode() + b"\xed\xa1\x82\xed\xbe\xb7").text == HANS + "𠮷"


def test_valid_utf8_full_of_replacement_characters_is_text() -> None:
    assert decode(("\ufffd" * 9 + HANS).encode()).text == "\ufffd" * 9 + HANS


def test_ascii_and_nothing_are_utf8() -> None:
    assert decode(b"plain text, nothing else").charset == "utf-8"
    assert decode(b"").text == ""


@pytest.mark.parametrize("data", [bytes(range(32)) * 40, b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9])
def test_binary_data_is_an_error_that_says_so(data: bytes) -> None:
    with pytest.raises(DecodeError, match="no text"):
        decode(data)


@given(st.binary(max_size=300), st.sampled_from([None, "utf-8", "gbk", "big5", "nonsense"]))
def test_any_bytes_are_decoded_or_refused(data: bytes, declared: str | None) -> None:
    try:
        decoded = decode(data, declared, html=True)
    except DecodeError:
        return
    assert decoded.text.encode("utf-8", "surrogatepass") is not None
    assert decoded.replaced >= 0


@given(st.text(alphabet=st.characters(codec="utf-8", categories=("L", "P", "N", "Zs")), max_size=200))
def test_utf8_with_a_mark_always_comes_back(text: str) -> None:
    if not text.startswith("\ufeff"):
        assert decode(text.encode("utf-8-sig")).text == text
