"""Tells lines that are one word of a menu or a footer, in Chinese and English."""

from __future__ import annotations

from detector.text.fold import fold_chars

MAX_MENU_CHARS = 24
_CHINESE = """
    首页 主页 网站首页 新闻 资讯 要闻 头条 财经 股票 基金 理财 产经 金融 娱乐 明星 电影 音乐 体育 汽车 房产 科技 数码
    手机 教育 旅游 游戏 健康 军事 国际 国内 社会 生活 时尚 女性 女人 文化 历史 读书 星座 情感 博客 论坛 社区 微博 播客
    视频 图片 专题 天气 邮箱 短信 通行证 导航 地图 网页 相册 图库 直播 评论 招聘 登录 登陆 注册 退出 搜索 更多 打印
    关闭 收藏 分享 转发 举报 纠错 返回 字号 推荐 顶部 关于我们 联系我们 广告服务 招聘信息 网站地图 版权所有 版权声明
    隐私政策 友情链接 公司简介 返回首页 返回顶部 设为首页 加入收藏 我要评论 发表评论 最新评论 用户名 密码 关闭窗口
    用户协议 帮助中心 意见反馈 上一页 下一页 上一篇 下一篇 会员登录 会员注册 在线留言 产品中心 新闻中心 人才招聘
    联系方式 客服中心 留言板 歷史查詢 會員 english loading 简体 繁体
"""
_ENGLISH = """
    home, about, about us, contact, contact us, blog, careers, jobs, search, menu, login, log in, sign in, sign up
    register, subscribe, newsletter, newsletters, privacy, privacy policy, terms of use, terms of service
    cookie policy, accessibility, sitemap, site map, support, help, help center, faq, faqs, press, newsroom, news
    events, services, products, pricing, resources, community, company, facebook, instagram, youtube, twitter
    linkedin, pinterest, tiktok, share, tweet, email, print, more, read more, learn more, view all, see all, next
    previous, back, back to top, top, close, legal, follow us, reply, leave a reply, categories, tags, related posts
    quick links, advertise, podcasts, videos, rss, account, my account, cart, shop, skip to content
"""
_WORDS = frozenset(fold_chars(_CHINESE).split()) | frozenset(
    part.strip() for line in _ENGLISH.split("\n") for part in line.split(",") if part.strip()
)


def is_menu(text: str) -> bool:
    """Whether a folded line (`detector.text.fold.fold_chars`) is such a word, with or without marks around it.

    >>> [is_menu(line) for line in ("首页", "[更多] >>", "contact us", "首页改版")]
    [True, True, True, False]
    """
    return 0 < len(text) <= MAX_MENU_CHARS and text.strip(" \t\xa0|·>»«<[]()【】-*:.") in _WORDS
