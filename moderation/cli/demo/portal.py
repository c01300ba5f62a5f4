"""A sample portal: an invented regional news site that embeds the comment box, as a customer's site would.

It stands on an origin of its own, knows the service only by address and site key, and sends the strict
Content-Security-Policy that docs/embed.md promises the embed to work under. Not part of the service.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import urlencode, urlsplit

from flask import Flask, Response, abort, render_template

LOCAL = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class Article:
    """One article; its words are in `templates/articles/<slug>.html`, its picture in `static/<slug>.svg`."""

    slug: str
    thread: str
    section: str
    title: str
    lead: str
    picture: str
    hours_ago: int
    lang: str = "zh-CN"
    is_closed: bool = False
    is_frame: bool = False  # comments come as the page for readers without JavaScript


ARTICLES = (
    Article(
        slug="huahai",
        thread="1553855",
        section="文旅",
        title="沁湾花海今秋再开园 周末加开三班接驳车",
        lead="三百亩波斯菊进入盛花期，园区今年新添了两处停车场和一条亲子步道。",
        picture="山坡上大片的波斯菊，远处是层叠的山",
        hours_ago=7,
    ),
    Article(
        slug="gongjiao",
        thread="/gsyl/jincheng/2808.html",
        section="民生",
        title="12 路公交下月起延伸到城南新区",
        lead="新增六个站点，末班车推迟到晚上九点半，学生上下学时段加密到八分钟一班。",
        picture="一辆公交车停在站台边",
        hours_ago=11,
    ),
    Article(
        slug="tushuguan",
        thread="7d0c2c1e-5b8a-4f0e-9a57-3f6f0f2b8c11",
        section="教育",
        title="县图书馆夜间开放满月 最晚的读者坐到了闭馆铃响",
        lead="延时到晚上十点后，自习区上座率近八成，少儿区每周三有故事会。",
        picture="亮着灯的图书馆窗口",
        hours_ago=26,
    ),
    Article(
        slug="shuiku",
        thread="石河水库·清淤·2026",
        section="民生",
        title="石河水库清淤完工 冬灌前可多蓄水四十万方",
        lead="工程历时五个月，清出的淤泥经检测后用于下游果园改土。",
        picture="群山之间的水库",
        hours_ago=31,
    ),
    Article(
        slug="caishi",
        thread="1553861",
        section="生活",
        title="东关菜市改造后开张 老摊主都回来了",
        lead="通风、排水、公平秤都换了新的，八十六户摊主按原来的位置抽签入场。",
        picture="菜市里的摊位和遮阳棚",
        hours_ago=38,
    ),
    Article(
        slug="yundonghui",
        thread="1553872",
        section="教育",
        title="城北小学办“慢慢跑”运动会：人人有号码，人人有奖状",
        lead="没有淘汰赛，最后一名冲线时全场起立鼓掌。",
        picture="操场跑道和彩旗",
        hours_ago=52,
    ),
    Article(
        slug="mianshi",
        thread="/shenghuo/2026/mianshi",
        section="生活",
        title="一碗面的二十种切法：乡镇面食比赛侧记",
        lead="七十二岁的参赛者只用一把旧菜刀，评委却多看了三遍。",
        picture="一碗热面",
        hours_ago=60,
    ),
    Article(
        slug="chuxue",
        thread="1553880",
        section="要闻",
        title="今冬第一场雪落在山上 这些路段请绕行",
        lead="北部山区积雪约三厘米，环山路两处弯道临时封闭，预计明日中午恢复。",
        picture="雪后的山路",
        hours_ago=4,
    ),
    Article(
        slug="ludeng",
        thread="/minsheng/ludeng.html",
        section="民生",
        title="老街换上暖光路灯 居民投票选出灯罩样式",
        lead="两百一十盏路灯改为分时调光，后半夜自动降到四成亮度。",
        picture="夜里老街上的路灯",
        hours_ago=73,
        is_frame=True,
    ),
    Article(
        slug="harvest-fair",
        thread="en/harvest-fair-2026",
        section="English",
        title="Harvest fair brings forty villages to one long table",
        lead="Millet, persimmons and a great many noodles: a visitor’s notes from the county fair.",
        picture="A long table set between two rows of trees",
        hours_ago=29,
        lang="en",
    ),
    Article(
        slug="shequ",
        thread="1550017",
        section="要闻",
        title="“最美院落”评选结束 二十个小院入选",
        lead="投票已经截止，本文的评论也已关闭，感谢大家一个月来的参与。",
        picture="院子里的柿子树",
        hours_ago=240,
        is_closed=True,
    ),
)


def create_portal(service_url: str, site_key: str) -> Flask:
    """Make the portal whose comments live at `service_url` under `site_key`."""
    portal = Flask(__name__)
    service = service_url.rstrip("/")
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(service))
    articles = {article.slug: article for article in ARTICLES}
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {origin}",
            f"style-src 'self' {origin}",
            f"connect-src {origin}",
            f"img-src 'self' {origin}",
            f"frame-src {origin}",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )

    @portal.context_processor
    def shared() -> dict[str, object]:
        return {"service": service, "site": site_key, "articles": ARTICLES, "published": published}

    @portal.after_request
    def guard(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = policy
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    @portal.get("/")
    def home() -> str:
        return render_template("portal_home.html")

    @portal.get("/articles/<slug>")
    def article(slug: str) -> str:
        if slug not in articles:
            abort(404)
        one = articles[slug]
        query = urlencode({"thread": one.thread, "lang": one.lang})
        frame = f"{service}/embed/v1/{site_key}/frame?{query}"
        return render_template(f"articles/{slug}.html", article=one, frame=frame)

    return portal


def published(article: Article) -> datetime:
    """When the article appeared: always the same time before now, so that the demo never looks abandoned."""
    # This is another site's program: the service's Clock port is not its own.
    return datetime.now(UTC).astimezone(LOCAL) - timedelta(hours=article.hours_ago)  # noqa: TID251
