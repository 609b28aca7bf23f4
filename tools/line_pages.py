"""Turns clean articles into made-up pages of today: threads, questions with answers, columns, shops, with all their chrome.

The words are sentences of the clean sets, the markup is drawn from vocabularies of class names and tags, so that no page
is like any other: the kinds of pages that the marked sets lack.
"""

# ruff: noqa: E501  (markup is easier to read in one piece)
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from detector.page.blocks import blocks_of
from tools.line_corpus import Example, align, invented_titles

_BODY_CLASSES = (
    "article-content", "content", "rich_media_content", "post-body", "detail", "RichText", "entry", "text", "TRS_Editor", "main-text",
    "article_holder", "show_text", "", "", "", "_a1", "css-1x2y3z", "sc-4d5e6f", "x9", "box", "wrap", "inner", "area",
)  # fmt: skip
_WRAPS = ("wrap", "main", "container", "box", "left", "page", "layout", "col-8", "css-0a0b", "_w3", "g-bd", "")
_COMMENTS = ("comment-list", "comments", "reply-list", "pl-list", "xcp-list", "css-7788", "_k2", "feedback", "discuss")
_RELATED = (
    "related",
    "recommend-box",
    "hot-list",
    "more-news",
    "feed",
    "css-5566",
    "_r8",
    "guess",
    "rank",
    "widget",
    "news-list",
)
_MENU = ("首页", "新闻", "财经", "体育", "科技", "教育", "健康", "视频", "图片", "论坛", "专题", "下载", "关于我们", "会员中心", "登录", "注册", "搜索", "汽车", "房产", "旅游", "军事", "社区", "直播", "商城")  # fmt: skip
_BUTTONS = (
    "回复",
    "举报",
    "赞",
    "收藏",
    "分享",
    "关注",
    "点赞",
    "只看该作者",
    "倒序浏览",
    "赞同 31",
    "添加评论",
    "喜欢",
    "转发",
    "踩",
)
_NAMES = ("清风徐来", "小鹿", "路人甲", "北方的雪", "阿强", "momo", "云淡", "老王说事", "橙子", "Leo2019", "一棵树", "海边的人", "静静", "user8821", "山水之间", "豆豆妈")  # fmt: skip
_SIGNATURES = (
    "活着就是折腾",
    "签名是一种态度",
    "每天进步一点点",
    "欢迎来我的小店逛逛",
    "心若向阳",
    "路漫漫其修远",
    "不要迷恋哥",
)
_RANKS = (
    "金牌会员",
    "初级会员",
    "论坛元老",
    "版主",
    "积分 1203",
    "帖子 88",
    "主题 12",
    "注册时间 2015-6-1",
    "来自 四川",
    "粉丝 302",
)
_FOOT = ("版权所有 未经许可不得转载", "Copyright © 2023 All Rights Reserved", "京ICP备00000000号", "违法和不良信息举报电话", "联系我们 | 网站地图", "技术支持")  # fmt: skip
_CARDS = (
    '<a href="/a"><div class="t">{title}</div><div class="d">{teaser}</div></a><span>24评论</span>',
    '<h4><a href="/a">{title}</a></h4><p>{teaser}</p><span>2023-05-01</span>', '<a href="/a">{title}</a> {teaser}',
    '<a href="/a">{title} {teaser}</a>', '<b>{title}</b><span>{teaser}</span><a href="/a">[详细]</a>', '<a href="/a"><h5>{title}</h5></a><p>{teaser}</p>',
)  # fmt: skip
_OFFICES = ("青石县住房和城乡建设局", "云水镇人民政府", "市图书馆", "学院教务处", "社区居民委员会", "物业服务中心")
_CLOSERS = ("责任编辑：周某", "编辑：小林 校对：老陈", "本文为原创文章，转载请注明出处", "来源：晚报综合", "关键词：生活 城市", "版权声明：未经授权不得转载",
            "举报/反馈", "上一篇：没有了", "返回列表", "标签： 美食 家常", "声明：本文仅代表作者个人观点", "打印本页 关闭窗口")  # fmt: skip
_FIELDS = ("品牌", "材质", "产地", "尺寸", "重量", "颜色", "型号", "保修期", "适用人群", "包装", "功率", "容量")


@dataclass(slots=True)
class _Maker:
    """Draws words and markup, and gathers the lines of the article on the way."""

    rng: np.random.Generator
    sentences: Sequence[Sequence[str]]  # of each clean article
    gold: list[str]

    def one(self, values: Sequence[str]) -> str:
        return values[int(self.rng.integers(len(values)))]

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def words(self, n: int) -> list[str]:
        """`n` sentences in a row of some article."""
        article = self.sentences[int(self.rng.integers(len(self.sentences)))]
        start = int(self.rng.integers(max(1, len(article) - n)))
        return list(article[start : start + n])

    def body(self, text: str) -> str:
        self.gold.append(text)
        return text

    def titles(self, low: int, high: int) -> list[str]:
        return invented_titles(int(self.rng.integers(low, high)), self.rng, 0.2)

    def tag(self, names: Sequence[str], inside: str, tag: str = "div") -> str:
        name = self.one(names)
        return f'<{tag} class="{name}">{inside}</{tag}>' if name else f"<{tag}>{inside}</{tag}>"

    def paragraphs(self, n: int) -> str:
        """Running text in one of the ways that editors write it, with short lines and headings among it."""
        style = int(self.rng.integers(5))
        short = self.chance(0.4)
        pieces = []
        article = self.sentences[int(self.rng.integers(len(self.sentences)))]
        at = int(self.rng.integers(max(1, len(article) - 2 * n)))
        for _ in range(n):
            size = int(self.rng.choice([1, 1, 2, 3]))
            text = "".join(article[at : at + size])
            at += size
            if not text:
                break
            if short and self.chance(0.35) and len(text) > 8:
                pieces.extend(self.body(part) for part in _clauses(text)[:4])
            elif self.chance(0.06):
                pieces.append(self.body(text))
                pieces.append("<img>" + (self.short() if self.chance(0.5) else ""))
            else:
                pieces.append(self.body(text))
            if self.chance(0.12):
                pieces.append("<h>" + self.body(self.short()))
        return "".join(self._wrapped(piece, style) for piece in pieces)

    def _wrapped(self, piece: str, style: int) -> str:
        if piece.startswith("<img>"):
            picture = f'<figure><img src="1.jpg"><figcaption>{piece[5:]}</figcaption></figure>'
            return picture if style % 2 else f'<div class="pic"><img src="1.jpg"><p class="note">{piece[5:]}</p></div>'
        if piece.startswith("<h>"):
            text = piece[3:]
            return (f"<p><strong>{text}</strong></p>", f"<h2>{text}</h2>", f"<div><b>{text}</b></div><br>", f"<section><span>{text}</span></section>", f"<h3>{text}</h3>")[style]  # fmt: skip
        return (f"<p>{piece}</p>", f"<p><span>{piece}</span></p>", f"{piece}<br><br>", f"<section><p>{piece}</p></section>", f'<div class="p">{piece}</div>')[style]  # fmt: skip

    def table(self) -> str:
        """A table of an article, every cell a line."""
        n_columns = int(self.rng.integers(2, 5))
        rows = []
        for number in range(int(self.rng.integers(3, 8))):
            tag = "th" if number == 0 and self.chance(0.5) else "td"
            cells = [self.body(self.cell(number, column)) for column in range(n_columns)]
            rows.append("<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in cells) + "</tr>")
        return "<table>" + "".join(rows) + "</table>"

    def cell(self, row: int, column: int) -> str:
        if row and column and self.chance(0.5):
            number = int(self.rng.integers(1, 900))
            return self.one(
                (f"{number}", f"{number / 10}%", f"{number}元", f"{number / 100}", f"约{number}克", "有", "无", "—")
            )
        return self.one(_FIELDS) if not row else self.short()[: int(self.rng.integers(2, 9))]

    def short(self) -> str:
        clauses = _clauses("".join(self.words(2)))
        return self.one(clauses).rstrip("。！？，；：、")[:18] or "其他"

    def menu(self) -> str:
        n = int(self.rng.integers(4, 16))
        items = [f'<a href="/{k}">{self.one(_MENU)}</a>' for k in range(n)]
        if self.chance(0.6):
            return (
                f'<div class="{self.one(("nav", "header", "top", "css-11", "bar"))}"><ul>'
                + "".join(f"<li>{i}</li>" for i in items)
                + "</ul></div>"
            )
        return self.tag(("nav", "header-wrap", "_h1", "topbar"), "".join(items))

    def related(self) -> str:
        """Other articles: bare links, or cards with their first sentences."""
        cards = self.chance(0.5)
        head = self.one(
            ("相关推荐", "大家都在看", "热门文章", "猜你喜欢", "推荐阅读", "最新文章", "", "更多精彩", "24小时热文")
        )
        rows = []
        for title in self.titles(3, 14):
            if cards:
                teaser = "".join(self.words(int(self.rng.integers(1, 3))))[:90]
                link = self.one(_CARDS).format(title=title, teaser=teaser)
                rows.append(
                    self.tag(("item", "card", "media", "css-33", "feed-card", ""), link, self.one(("div", "div", "li")))
                )
            else:
                rows.append(f'<li><a href="/a">{title}</a></li>')
        inside = "".join(rows) if cards else "<ul>" + "".join(rows) + "</ul>"
        return self.tag(_RELATED, (f"<h3>{head}</h3>" if head else "") + inside)

    def comments(self) -> str:
        """Readers below an article."""
        one = self.one(("comment-item", "item", "reply", "css-99", "li"))
        rows = []
        for _ in range(int(self.rng.choice([2, 4, 8, 15, 30]))):
            text = "".join(self.words(int(self.rng.integers(1, 4))))
            rows.append(f'<div class="{one}"><a href="/u">{self.one(_NAMES)}</a><p>{text}</p><div><span>{self.date()}</span><span>{self.one(_BUTTONS)}</span><span>{self.one(_BUTTONS)}</span></div></div>')  # fmt: skip
        head = self.one(("全部评论", "网友评论", "评论 31", "热门评论", "共207条评论", "文明上网理性发言"))
        return self.tag(
            _COMMENTS, f"<div>{head}</div>" + "".join(rows) + ("<a href='#'>查看更多评论</a>" if self.chance(0.5) else "")
        )

    def date(self) -> str:
        return f"20{self.rng.integers(10, 25)}-{self.rng.integers(1, 13):02}-{self.rng.integers(1, 29):02} {self.rng.integers(0, 24):02}:{self.rng.integers(0, 60):02}"

    def foot(self) -> str:
        return self.tag(
            ("footer", "foot", "bottom", "css-ff", "copyright"),
            "".join(f"<p>{self.one(_FOOT)}</p>" for _ in range(int(self.rng.integers(1, 5)))),
        )

    def title(self) -> str:
        return self.body(self.titles(1, 2)[0])

    def page(self, head: str, inside: str) -> str:
        """The whole page around its main column."""
        side = self.tag(
            ("side", "right", "sidebar", "css-s1", "col-4"), self.related() + (self.related() if self.chance(0.5) else "")
        )
        main = self.tag(_WRAPS, inside)
        for _ in range(int(self.rng.integers(0, 4))):
            main = self.tag(_WRAPS, main)
        both = main + side if self.chance(0.8) else main
        return f"<html><head><title>{head}</title></head><body>{self.menu()}{self.tag(_WRAPS, both)}{self.foot()}</body></html>"


def _clauses(text: str) -> list[str]:
    parts, part = [], ""
    for char in text:
        part += char
        if char in "，。！？；：":
            parts.append(part)
            part = ""
    return [p for p in [*parts, part] if len(p) > 1] or [text]


def _column(make: _Maker) -> str:
    title = make.title()
    heading = (
        f"<h1>{title}</h1>"
        if make.chance(0.7)
        else f'<div class="{make.one(("title", "sku-name", "index-t", "t1"))}">{title}</div>'
    )
    byline = f"<div><span>{make.date()}</span><span>{make.one(_NAMES)}</span></div>"
    text = make.paragraphs(int(make.rng.choice([2, 4, 6, 9, 12, 16])))
    if make.chance(0.3):
        text += make.table() + make.paragraphs(2)
    if make.chance(0.15):  # a notice is signed
        text += f'<p align="right">{make.body(make.one(_OFFICES))}</p><p align="right">{make.body(make.date()[:10])}</p>'
    if make.chance(0.5):
        text += f"<p>{make.one(_CLOSERS)}</p>"
    body = make.tag(_BODY_CLASSES, text)
    if make.chance(0.3):
        body += f"<div>{make.one(_CLOSERS)}</div>"
    tools = make.tag(("tool", "share", "x1", "like-bar"), "".join(f"<span>{make.one(_BUTTONS)}</span>" for _ in range(4)))
    below = (make.comments() if make.chance(0.6) else "") + (make.related() if make.chance(0.5) else "")
    return make.page(title, heading + byline + body + tools + below)


def _thread(make: _Maker) -> str:
    """A board: each post is body; the cards of the writers, signatures and buttons are not."""
    title = make.title()
    table, cards = make.chance(0.4), make.chance(0.7)
    name = make.one(("post", "plhin", "topic-item", "l_post", "css-p0", "list-item", "floor", "AnswerItem", "reply", "cell"))
    inner = make.one(("t_f", "post-content", "d_post_content", "RichText", "message", "reply_content", "css-p1", "content"))
    posts = []
    if make.chance(0.35):  # a question stands apart from its answers
        asked = make.one(("question", "topic_content", "QuestionRichText", "css-q", "first"))
        posts.append(f'<div class="{asked}">{make.body("".join(make.words(int(make.rng.integers(1, 3)))))}</div><div>{make.one(("86 个回答", "23 条回复", "回答 5", "最新回复"))}</div>')  # fmt: skip
    for number in range(int(make.rng.integers(2, 14))):
        long = number == 0 or make.chance(0.3)
        card = f'<div class="{make.one(("authi", "user", "AuthorInfo", "css-u"))}"><a href="/u">{make.one(_NAMES)}</a></div>'
        card += "".join(f"<p>{make.one(_RANKS)}</p>" for _ in range(int(make.rng.integers(0, 4)))) if cards else ""
        text = (
            make.paragraphs(int(make.rng.integers(2, 7)))
            if long
            else make.body("".join(make.words(int(make.rng.integers(1, 3)))))
        )
        if make.chance(0.15) and number:
            text = f"<blockquote><a href='#'>{make.one(_NAMES)} 发表于 {make.date()}</a></blockquote>" + text
        signature = f'<div class="sign">{make.one(_SIGNATURES)}</div>' if make.chance(0.25) else ""
        floor = f"<div>{make.one(('楼主', '沙发', '板凳', str(number + 1) + '楼', '#' + str(number + 1)))} 发表于 {make.date()}</div>"
        buttons = "<div>" + "".join(f'<a href="#">{make.one(_BUTTONS)}</a>' for _ in range(2)) + "</div>"
        text = f'<div class="{inner}">{text}</div>'
        if table and make.chance(0.5):
            text = text.replace("<div", "<td", 1)[: -len("</div>")] + "</td>"
            posts.append(f'<div id="post_{number}"><table class="{name}"><tr><td>{card}</td><td>{floor}<table><tr>{text}</tr></table></td></tr><tr><td></td><td>{signature}</td></tr><tr><td></td><td>{buttons}</td></tr></table></div>')  # fmt: skip
        elif table:
            posts.append(
                f'<table class="{name}"><tr><td>{card}</td><td>{floor}{text}</td></tr><tr><td></td><td>{signature}{buttons}</td></tr></table>'
            )
        else:
            posts.append(f'<div class="{name}">{card}{floor}{text}{signature}{buttons}</div>')
    crumb = make.tag(("crumb", "pt", "bread"), " > ".join(f'<a href="/">{make.one(_MENU)}</a>' for _ in range(3)))
    return make.page(
        title, f"{crumb}<h1>{title}</h1>" + make.tag(("postlist", "list", "thread", "css-tt", "main-column"), "".join(posts))
    )


def _shop(make: _Maker) -> str:
    title = make.title()
    fields = "".join(
        f"<li>{make.body(make.one(_FIELDS) + '：' + make.short())}</li>" for _ in range(int(make.rng.integers(3, 9)))
    )
    text = make.paragraphs(int(make.rng.integers(2, 6)))
    buy = "<div><span>￥168.00</span><a href='#'>加入购物车</a><a href='#'>立即购买</a><span>支持7天无理由退货</span></div>"
    body = make.tag(("parameter", "attr", "css-c1", "detail-list"), f"<ul>{fields}</ul>") + make.tag(_BODY_CLASSES, text)
    return make.page(title, f"<div class='name'>{title}</div>{buy}{body}" + make.comments() + make.related())


_KINDS: Sequence[tuple[float, Callable[[_Maker], str]]] = ((0.5, _column), (0.4, _thread), (0.1, _shop))


def made_pages(clean: Sequence[Example], n: int, weight: float, seed: int = 5) -> list[Example]:
    """`n` made-up pages; the group is drawn, so that folds part them."""
    rng = np.random.default_rng(seed)
    sentences = [found for e in clean if len(found := _sentences(e.text)) >= 4]
    pages = []
    for number in range(n):
        make = _Maker(rng, sentences, [])
        kind = int(rng.choice(len(_KINDS), p=[share for share, _ in _KINDS]))
        page = blocks_of(_KINDS[kind][1](make))
        lines = tuple(block.text for block in page.blocks)
        gold = "\n".join(make.gold)
        pages.append(
            Example(f"made-{number}", f"made-{number % 20}", lines, tuple(align(lines, gold)), weight, page, "", gold, "made")
        )
    return pages


def _sentences(text: str) -> list[str]:
    found, part = [], ""
    for char in text.replace("\n", ""):
        part += char
        if char in "。！？":
            if 4 <= len(part) <= 160 and "<" not in part:
                found.append(part.strip())
            part = ""
    return found
