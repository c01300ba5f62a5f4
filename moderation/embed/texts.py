"""Every sentence of the page without JavaScript, in each language; the embed's own are in `static/texts.*.js`."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final, Literal

Language = Literal["zh-CN", "en"]

_ZH = {
    "title": "留言与评论",
    "heading": "留言与评论（共有 {n} 条评论）",
    "sort": "排序",
    "newest": "最新",
    "oldest": "最早",
    "empty": "还没有评论，来写第一条吧。",
    "more": "查看更多评论",
    "more_replies": "还有 {n} 条回复，请在文章页查看。",
    "removed": "这条评论已移除",
    "anonymous": "匿名",
    "reply": "回复",
    "reply_to": "回复 {name}",
    "to": "回复 {name}",
    "cancel_reply": "取消",
    "text": "评论内容",
    "text_hint": "最多 {n} 个字",
    "nickname": "昵称",
    "captcha": "验证码",
    "captcha_image": "验证码图片，请在后面的框里填写答案",
    "captcha_hint": "算出结果",
    "another_hint": "看不清？发送时把答案留空，会换一张，内容还在。",
    "send": "发表评论",
    "send_reply": "发表回复",
    "pre": "评论经审核后显示。",
    "post": "",
    "now": "刚刚",
    "minutes": "{n} 分钟前",
    "hours": "{n} 小时前",
    "days": "{n} 天前",
    "date": "{moment.year}年{moment.month}月{moment.day}日",
    "rules": "部分评论经审核后显示。",
    "closed": "本文的评论已关闭。",
    "faults": "还差一点，请看下面标出的地方：",
    # Notices after posting.
    "published": "已发表，谢谢。",
    "pending": "已收到，审核后显示。",
    "rejected": "没有发表：{reason}。可以修改后再发。",
    # Errors of fields and of the whole form; keys with dashes are problem slugs.
    "text_missing": "请先写点内容。",
    "text_too_long": "最多 {n} 个字，现在有 {m} 个。",
    "nickname_missing": "请填写昵称。",
    "nickname_too_long": "昵称最多 {n} 个字。",
    "answer_missing": "请算出图中的结果，填在这里。",
    "invalid": "这一项不符合要求，请修改。",
    "challenge-failed": "验证码不对，已换了一张，请再填一次。",
    "challenge-expired": "验证码过期了，已换了一张，请再填一次。",
    "challenge-required": "请算出图中的结果，填在这里。",
    "too-many-requests": "发得太快了，请 {n} 秒后再试。内容还在。",
    "thread-closed": "本文的评论已关闭，没能发表。你写的内容还在，可以复制。",
    "comment-unknown": "你回复的评论已不在了，没能发表。内容还在。",
    "origin-not-allowed": "这个网站没有开通评论，没能发表。内容还在。",
    "unavailable": "评论服务暂时不可用，没能发表。内容还在，请稍后重试。",
    "failed": "没能发表，内容还在，请稍后重试。",
    "reason_advertising": "含有广告",
    "reason_contact": "含有联系方式",
    "reason_gambling": "涉及赌博",
    "reason_fraud": "有诈骗嫌疑",
    "reason_insult": "用语伤人",
    "reason_repeat": "与已有的评论重复",
    "reason_off-topic": "与本文无关",
    "reason_illegal": "含有法律不允许的内容",
    "reason_privacy": "透露了他人隐私",
    "reason_other": "不符合评论须知",
}

_EN = {
    "title": "Comments",
    "heading": "Comments ({n})",
    "sort": "Sort by",
    "newest": "Newest",
    "oldest": "Oldest",
    "empty": "No comments yet. Write the first one.",
    "more": "More comments",
    "more_replies": "{n} more replies can be read on the article’s page.",
    "removed": "This comment was removed",
    "anonymous": "Anonymous",
    "reply": "Reply",
    "reply_to": "Reply to {name}",
    "to": "replying to {name}",
    "cancel_reply": "Cancel",
    "text": "Your comment",
    "text_hint": "At most {n} characters",
    "nickname": "Name",
    "captcha": "Captcha",
    "captcha_image": "Captcha image; write the answer in the next field",
    "captcha_hint": "Result",
    "another_hint": "Hard to read? Send without an answer to get another image; your text stays.",
    "send": "Post comment",
    "send_reply": "Post reply",
    "pre": "Comments appear after review.",
    "post": "",
    "now": "just now",
    "minutes": "{n} min ago",
    "hours": "{n} h ago",
    "days": "{n} d ago",
    "date": "{moment:%d %b %Y}",
    "rules": "Some comments appear after review.",
    "closed": "Comments on this article are closed.",
    "faults": "Almost there: please see what is marked below:",
    "published": "Published. Thank you.",
    "pending": "Received. It will appear after review.",
    "rejected": "Not published: {reason}. You can change it and post again.",
    "text_missing": "Please write something first.",
    "text_too_long": "At most {n} characters; there are {m} now.",
    "nickname_missing": "Please give a name.",
    "nickname_too_long": "A name has at most {n} characters.",
    "answer_missing": "Please work out the sum in the image.",
    "invalid": "This does not fit; please change it.",
    "challenge-failed": "That captcha answer was wrong. Here is a new one.",
    "challenge-expired": "The captcha had expired. Here is a new one.",
    "challenge-required": "Please work out the sum in the image.",
    "too-many-requests": "That was quick. Please try again in {n} seconds; your text is still here.",
    "thread-closed": "Comments here have closed, so this was not posted. Your text is still here to copy.",
    "comment-unknown": "The comment you answered is gone, so this was not posted. Your text is still here.",
    "origin-not-allowed": "Comments are not set up for this website. Your text is still here.",
    "unavailable": "The comment service is not available just now. Your text is still here; please try again later.",
    "failed": "This was not posted. Your text is still here; please try again later.",
    "reason_advertising": "advertising",
    "reason_contact": "contact details",
    "reason_gambling": "gambling",
    "reason_fraud": "suspected fraud",
    "reason_insult": "hurtful words",
    "reason_repeat": "a repeat of another comment",
    "reason_off-topic": "not about this article",
    "reason_illegal": "content the law forbids",
    "reason_privacy": "someone’s private details",
    "reason_other": "against the comment rules",
}

TEXTS: Final[Mapping[Language, Mapping[str, str]]] = MappingProxyType(
    {"zh-CN": MappingProxyType(_ZH), "en": MappingProxyType(_EN)}
)


def language(wanted: str | None) -> Language:
    """Choose the catalogue for a `lang` parameter or an Accept-Language value: Chinese unless it asks for English."""
    return "en" if (wanted or "").strip().lower().startswith("en") else "zh-CN"


def ago(created_at: str, *, now: datetime, lang: Language) -> str:
    """Say how long ago a comment was written; after a week its date, without a time that would need a zone."""
    moment = datetime.fromisoformat(created_at)
    minutes = max(0, int((now - moment).total_seconds() // 60))
    steps = (("now", 1, 1), ("minutes", 60, 1), ("hours", 1440, 60), ("days", 10080, 1440))
    for key, below, unit in steps:
        if minutes < below:
            return TEXTS[lang][key].format(n=minutes // unit)
    return TEXTS[lang]["date"].format(moment=moment)
