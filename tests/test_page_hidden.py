"""Hidden text: every usual means is seen through, and text that is only unusual stays."""

from __future__ import annotations

import pytest

from detector.page.blocks import blocks_of

SPAM = "藏在页面里的词语绝不能出现"
SHOWN = "<h1>阳台种菜</h1><p>春天的阳台适合种生菜，一周就能看到新芽。</p>"

TECHNIQUES = {
    "hidden attribute": f"<p hidden>{SPAM}</p>",
    "display none": f'<div style="display:none">{SPAM}</div>',
    "display none, spaced, upper case": f'<div style="DISPLAY : None !important">{SPAM}</div>',
    "visibility": f'<p style="visibility:hidden">{SPAM}</p>',
    "opacity": f'<p style="opacity:0">{SPAM}</p>',
    "font size": f'<p style="font-size:0px">{SPAM}</p>',
    "zero box": f'<div style="height:0;overflow:hidden">{SPAM}</div>',
    "one pixel box": f'<div style="width:1px;height:1px;overflow:hidden">{SPAM}</div>',
    "off screen left": f'<div style="position:absolute;left:-9999px">{SPAM}</div>',
    "off screen top": f'<div style="position: absolute; top: -5000px;">{SPAM}</div>',
    "negative margin": f'<div style="margin-left:-9999px">{SPAM}</div>',
    "text indent": f'<p style="text-indent:-9999px">{SPAM}</p>',
    "clip": f'<p style="position:absolute;clip:rect(0 0 0 0)">{SPAM}</p>',
    "clip path": f'<p style="clip-path:inset(50%)">{SPAM}</p>',
    "scale": f'<p style="transform:scale(0)">{SPAM}</p>',
    "same colour": f'<p style="color:#ffffff;background-color:#fff">{SPAM}</p>',
    "colour of the ground": f'<div style="background:#000"><p><span style="color:black">{SPAM}</span></p></div>',
    "white on the page": f'<p style="color:white">{SPAM}</p>',
    "font tag": f'<font color="#FFFFFF">{SPAM}</font>',
    "transparent": f'<p style="color:transparent">{SPAM}</p>',
    "class rule": f"<style>.zz{{display:none}}</style><p class='a zz'>{SPAM}</p>",
    "id rule": f"<style>#zz{{visibility:hidden}}</style><p id=zz>{SPAM}</p>",
    "nested rule": f"<style>.box p.zz{{position:absolute;left:-9999em}}</style><div class=box><p class=zz>{SPAM}</p></div>",
    "noscript": f"<noscript><p>{SPAM}</p></noscript>",
    "template": f"<template><p>{SPAM}</p></template>",
    "aria-hidden": f'<p aria-hidden="true">{SPAM}</p>',
    "closed details": f"<details><summary>更多</summary><p>{SPAM}</p></details>",
    "comment": f"<!-- {SPAM} -->",
    "inline span": f'<p>看得见的句子，<span style="display:none">{SPAM}</span>到此为止。</p>',
}


@pytest.mark.parametrize("technique", sorted(TECHNIQUES))
def test_hidden_text_is_taken_out_and_handed_on(technique: str) -> None:
    page = blocks_of(f"<html><body>{SHOWN}{TECHNIQUES[technique]}<p>入夏以后改种空心菜，浇水要勤。</p></body></html>")
    assert SPAM not in page.text
    assert any(SPAM in text for text in page.hidden)
    assert "春天的阳台" in page.text
    assert "入夏以后" in page.text


@pytest.mark.parametrize(
    "markup",
    [
        f'<p style="display:block">{SPAM}</p>',
        f'<p style="border:none;text-decoration:none">{SPAM}</p>',
        f'<p style="overflow:hidden">{SPAM}</p>',
        f'<p style="height:0">{SPAM}</p>',  # what overflows is seen
        f'<p style="margin-left:-10px">{SPAM}</p>',
        f'<p style="text-indent:2em">{SPAM}</p>',
        f'<p style="opacity:0.8;font-size:12px">{SPAM}</p>',
        f'<div style="background:#333"><p style="color:#fff">{SPAM}</p></div>',
        f"<div class=dark><p style='color:#fff'>{SPAM}</p></div>",  # a rule elsewhere may make the ground dark
        f"<style>.zz:hover{{display:none}}</style><p class=zz>{SPAM}</p>",
        f"<style>@media print{{.zz{{display:none}}}}</style><p class=zz>{SPAM}</p>",
        f"<style>.tab{{display:none}}.tab.on{{display:block}}</style><p class='tab on'>{SPAM}</p>",
        f"<style>.menu .zz{{display:none}}</style><p class=zz>{SPAM}</p>",
        f"<details open><summary>更多</summary><p>{SPAM}</p></details>",
    ],
)
def test_what_readers_see_stays(markup: str) -> None:
    page = blocks_of(f"<html><body>{SHOWN}{markup}</body></html>")
    assert SPAM in page.text
    assert page.hidden == ()


def test_a_page_that_waits_for_its_script_is_shown() -> None:
    article = "".join(f"<p>第{n}段写的是同一条河，河水从山里来，往海里去，两岸住着种稻的人。</p>" for n in range(12))
    page = blocks_of(f"<body><p>加载中</p><div id=js_content style='visibility:hidden'>{article}</div></body>")
    assert "第3段" in page.text


def test_the_summary_of_closed_details_stays() -> None:
    assert "点开看答案" in blocks_of("<details><summary>点开看答案</summary><p>答案在这里</p></details>").text
