"""Every text that readers see, with its default in each language, and what a site may put in its place.

One table for the embed's script and for the page without JavaScript: what both say stands here once. The script's own
copy (`embed/static/texts.*.js`) is what browsers download; a test holds that it says the same. Taiwan's wording stands
beside the table (`domain.taiwan`). Dates are not here:
they are written as the reader's own region writes them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from moderation.domain.draft import faults_of_string
from moderation.domain.errors import Fault
from moderation.domain.taiwan import TAIWAN

MAX_CHARS: Final = 200
LANGUAGES: Final = ("zh-CN", "zh-TW", "en")
_TRADITIONAL_REGIONS: Final = frozenset({"tw", "hk", "mo"})
_SLOT: Final = re.compile(r"\{(\w+)\}")

Overrides = Mapping[str, Mapping[str, str]]
"""Language → key → text."""


class Place(StrEnum):
    """Where a text stands."""

    LIST = "list"
    FORM = "form"
    AFTER = "after"
    FAULT = "fault"
    REASON = "reason"
    RECEIPT = "receipt"


@dataclass(frozen=True, slots=True)
class Text:
    """One text: its key, its place, its name in the script and on the page without it (None: not there), its defaults."""

    key: str
    place: Place
    box: str | None
    page: str | None
    zh: str
    en: str

    def default(self, language: str) -> str:
        """Return what is said when the site says nothing else."""
        if language == "zh-TW":
            return TAIWAN.get(self.key, self.zh)
        return self.en if language == "en" else self.zh

    @property
    def slots(self) -> tuple[str, ...]:
        """Name what is put in: `n` for "{n}"."""
        return tuple(sorted(set(_SLOT.findall(self.zh))))


# fmt: off
TEXTS: Final = (
    # LIST
    Text("heading", Place.LIST, "heading", "heading", "留言与评论（共有 {n} 条评论）", "Comments ({n})"),
    Text("sort", Place.LIST, "sort", "sort", "排序", "Sort by"),
    Text("newest", Place.LIST, "newest", "newest", "最新", "Newest"),
    Text("oldest", Place.LIST, "oldest", "oldest", "最早", "Oldest"),
    Text("loading", Place.LIST, "loading", None, "正在载入评论…", "Loading comments…"),
    Text("unloaded", Place.LIST, "unloaded", None, "评论暂时没有载入。", "Comments could not be loaded just now."),
    Text("empty", Place.LIST, "empty", "empty", "还没有评论，来写第一条吧。", "No comments yet. Write the first one."),
    Text("more", Place.LIST, "more", "more", "查看更多评论", "More comments"),
    Text("more-replies", Place.LIST, "moreReplies", "more_replies", "查看其余 {n} 条回复", "Show {n} more replies"),
    Text("removed", Place.LIST, "removed", "removed", "这条评论已移除", "This comment was removed"),
    Text("anonymous", Place.LIST, "anonymous", "anonymous", "匿名", "Anonymous"),
    Text("reply", Place.LIST, "reply", "reply", "回复", "Reply"),
    Text("reply-to", Place.LIST, "replyTo", "reply_to", "回复 {name}", "Reply to {name}"),
    Text("to", Place.LIST, "to", "to", "回复 {name}", "replying to {name}"),
    Text("now", Place.LIST, "now", "now", "刚刚", "just now"),
    Text("closed", Place.LIST, "closed", "closed", "本文的评论已关闭。", "Comments on this article are closed."),
    Text("waiting", Place.LIST, "waiting", None, "你的评论 · 等待审核", "Yours · waiting for review"),
    Text("refused", Place.LIST, "refused", None, "你的评论 · 未通过：{reason}", "Yours · not published: {reason}"),
    Text("page-title", Place.LIST, None, "title", "留言与评论", "Comments"),
    Text("popular", Place.LIST, "popular", "popular", "最热", "Most liked"),
    Text("page-minutes", Place.LIST, None, "minutes", "{n} 分钟前", "{n} min ago"),
    Text("page-hours", Place.LIST, None, "hours", "{n} 小时前", "{n} h ago"),
    Text("page-days", Place.LIST, None, "days", "{n} 天前", "{n} d ago"),
    Text("page-likes", Place.LIST, None, "likes", "赞 {n}", "Likes: {n}"),
    Text("edited", Place.LIST, "edited", "edited", "已修改", "edited"),
    Text("verified", Place.LIST, "verified", "verified", "已认证", "verified"),
    Text("report", Place.LIST, "report", "report", "举报", "Report"),
    Text("report-of", Place.LIST, "reportOf", "report_of", "举报 {name} 的评论", "Report the comment of {name}"),
    Text("page-replies", Place.LIST, None, "replies", "{name} 的评论与 {n} 条回复", "{name}’s comment, replies: {n}"),
    Text("page-comment-of", Place.LIST, None, "comment_of", "{name} 的评论", "Comment by {name}"),
    Text("page-comment-on", Place.LIST, None, "comment_on", "{name} 评论《{title}》", "{name} on “{title}”"),
    Text("page-all", Place.LIST, None, "all", "查看全部评论", "All comments"),
    Text("page-article", Place.LIST, None, "article", "返回文章", "Back to the article"),
    Text("page-latest", Place.LIST, None, "latest", "最新评论", "Latest comments"),
    Text("page-write", Place.LIST, None, "write", "写评论", "Write a comment"),
    Text("page-next", Place.FORM, None, "next", "下一步", "Next"),
    Text("yours", Place.LIST, "yours", None, "你的评论", "Yours"),
    Text("like", Place.LIST, "like", None, "赞", "Like"),
    Text("edit", Place.LIST, "edit", None, "修改评论", "Edit comment"),
    Text("edit-left", Place.LIST, "editLeft", None, "修改（剩 {n} 分钟）", "Edit ({n} min left)"),
    Text("withdraw", Place.LIST, "withdraw", None, "撤回", "Withdraw"),
    Text("status", Place.LIST, "status", None, "处理进度", "Status"),
    Text("appeal", Place.LIST, "appeal", None, "申诉", "Appeal"),
    Text("export", Place.LIST, "export", None, "导出我的评论", "Export my comments"),
    Text("erase", Place.LIST, "erase", None, "删除我的全部评论", "Erase all my comments"),
    Text("erase-hint", Place.LIST, "eraseHint", None, "你在本站的全部评论都会删除，不能恢复。", "All your comments on this site will be erased and cannot be restored."),
    Text("erase-sure", Place.LIST, "eraseSure", None, "全部删除", "Erase all"),
    Text("erased", Place.LIST, "erased", None, "已全部删除。", "All erased."),
    # FORM
    Text("cancel", Place.FORM, "cancel", "cancel_reply", "取消", "Cancel"),
    Text("text", Place.FORM, "text", "text", "评论内容", "Your comment"),
    Text("write", Place.FORM, "write", None, "写下你的看法…", "What do you think?"),
    Text("nickname", Place.FORM, "nickname", "nickname", "昵称", "Name"),
    Text("captcha", Place.FORM, "captcha", "captcha", "验证码", "Captcha"),
    Text("captcha-image", Place.FORM, "captchaImage", "captcha_image", "验证码图片，请在后面的框里填写答案", "Captcha image; write the answer in the next field"),
    Text("answer", Place.FORM, "answer", "captcha_hint", "算出结果", "Result"),
    Text("another", Place.FORM, "another", "another", "换一张验证码", "Another captcha"),
    Text("send", Place.FORM, "send", "send", "发表评论", "Post comment"),
    Text("send-reply", Place.FORM, "sendReply", "send_reply", "发表回复", "Post reply"),
    Text("pre", Place.FORM, "pre", "pre", "评论经审核后显示。", "Comments appear after review."),
    Text("rules", Place.FORM, "rules", "rules", "部分评论经审核后显示。", "Some comments appear after review."),
    Text("page-text-hint", Place.FORM, None, "text_hint", "最多 {n} 个字", "At most {n} characters"),
    Text("page-waive", Place.FORM, None, "waive", "看不了图片，也听不了声音：勾选后不用填写验证码，评论须经审核。", "I can neither see the image nor hear a sound: with this ticked no answer is needed, and the comment waits for review."),
    Text("page-sign-in", Place.FORM, None, "sign-in-required", "登录后才能评论。", "Sign in to comment."),
    Text("post", Place.FORM, "post", "post", "", ""),
    Text("report-title", Place.FORM, None, "report_title", "举报评论", "Report a comment"),
    Text("report-why", Place.FORM, None, "report_why", "这条评论有什么问题？", "What is wrong with this comment?"),
    Text("report-note", Place.FORM, None, "report_note", "补充说明（可以不填）", "Anything to add? (optional)"),
    Text("report-note-hint", Place.FORM, None, "report_note_hint", "最多 {n} 个字，只有审核员看得到。", "At most {n} characters. Only moderators read it."),
    Text("report-send", Place.FORM, None, "report_send", "提交举报", "Send report"),
    Text("report-back", Place.FORM, None, "report_back", "返回评论", "Back to the comments"),
    Text("report-reason", Place.FORM, "reportReason", None, "举报原因", "What is wrong"),
    Text("choose", Place.FORM, "choose", None, "请选择", "Please choose"),
    Text("report-more", Place.FORM, "reportNote", None, "补充说明（可不填）", "More about it (may stay empty)"),
    Text("send-report", Place.FORM, "sendReport", None, "提交举报", "Send report"),
    Text("edit-hint", Place.FORM, "editHint", None, "修改后会重新检查，可能需要再次审核。", "It is checked again, and may have to wait for review once more."),
    Text("save", Place.FORM, "save", None, "保存", "Save"),
    Text("withdraw-hint", Place.FORM, "withdrawHint", None, "撤回后评论不再显示，不能恢复。", "It will no longer be shown, and cannot be restored."),
    Text("signed-in", Place.FORM, "signedIn", None, "以 {name} 的名义发表", "Posting as {name}"),
    Text("sign-in", Place.FORM, "signIn", None, "登录后才能评论。", "Sign in to comment."),
    Text("listen", Place.FORM, "listen", None, "听验证码", "Hear the captcha"),
    Text("heard", Place.FORM, "heard", None, "输入听到的数字", "Digits you hear"),
    Text("waive", Place.FORM, "waive", None, "看不了，也听不了？", "Can you neither see nor hear it?"),
    Text("waived", Place.FORM, "waived", None, "浏览器正在代为验证，评论须经审核。", "Your browser is doing the check; the comment will wait for review."),
    # AFTER
    Text("sending", Place.AFTER, "sending", None, "正在发送…", "Sending…"),
    Text("retry", Place.AFTER, "retry", None, "重试", "Try again"),
    Text("published", Place.AFTER, "published", "published", "已发表，谢谢。", "Published. Thank you."),
    Text("pending", Place.AFTER, "pending", "pending", "已收到，审核后显示。", "Received. It will appear after review."),
    Text("rejected", Place.AFTER, "rejected", "rejected", "没有发表：{reason}。可以修改后再发。", "Not published: {reason}. You can change it and post again."),
    Text("again", Place.AFTER, "again", None, "现在可以发送了。", "You can post now."),
    Text("report-open", Place.AFTER, None, "report_open", "举报已收到。审核员处理后，这里会显示结果。", "Your report was received. What a moderator decides will stand here."),
    Text("report-upheld", Place.AFTER, None, "report_upheld", "审核员看过了，这条评论已经拿下。谢谢你。", "A moderator has looked, and the comment was taken down. Thank you."),
    Text("report-upheld-back", Place.AFTER, None, "report_upheld_back", "这条评论曾经拿下，复核后又恢复了显示。", "The comment was taken down. After another look it is shown again."),
    Text("report-dismissed", Place.AFTER, None, "report_dismissed", "审核员看过了，这条评论保留。谢谢你的提醒。", "A moderator has looked, and the comment stays. Thank you all the same."),
    Text("report-dismissed-gone", Place.AFTER, None, "report_dismissed_gone", "这条评论已经不再显示。", "The comment is no longer shown."),
    Text("report-about", Place.AFTER, None, "report_about", "举报理由：{reason}", "Reported for: {reason}"),
    Text("report-receipt", Place.AFTER, None, "report_receipt", "回执编号", "Receipt number"),
    Text("report-keep", Place.AFTER, None, "report_keep", "请记下编号，凭它可以查看处理结果。", "Keep this number: with it you can see later what came of your report."),
    Text("report-follow", Place.AFTER, None, "report_follow", "查看处理结果", "See what came of it"),
    Text("page-receipt", Place.AFTER, None, "receipt", "查看处理进度（回执号 {code}）", "See its status (receipt {code})"),
    Text("reported", Place.AFTER, "reported", None, "已收到举报，谢谢。回执号：", "Report received, thank you. Receipt:"),
    # FAULT
    Text("missing", Place.FAULT, "missing", None, "请填写这一项。", "Please fill this in."),
    Text("too-long", Place.FAULT, "tooLong", "text_too_long", "最多 {n} 个字，现在有 {m} 个。", "At most {n} characters; there are {m} now."),
    Text("invalid", Place.FAULT, "invalid", "invalid", "这一项不符合要求，请修改。", "This does not fit; please change it."),
    Text("check", Place.FAULT, "check", None, "还差一点，请看标出的地方。", "Almost there: please see the marked fields."),
    Text("too-many-requests", Place.FAULT, "too-many-requests", None, "发得太快了，请 {n} 秒后再试。", "That was quick. Please try again in {n} seconds."),
    Text("challenge-failed", Place.FAULT, "challenge-failed", None, "验证码不对，已换了一张，请再填一次。内容还在。", "That captcha answer was wrong. Here is a new one; your text is still here."),
    Text("challenge-expired", Place.FAULT, "challenge-expired", None, "验证码过期了，已换了一张，请再填一次。内容还在。", "The captcha had expired. Here is a new one; your text is still here."),
    Text("challenge-required", Place.FAULT, "challenge-required", None, "请填写验证码后再发。", "Please answer the captcha, then post."),
    Text("challenge-lost", Place.FAULT, "challengeLost", None, "验证码没有载入，请换一张。", "The captcha did not load. Please ask for another."),
    Text("thread-closed", Place.FAULT, "thread-closed", "thread-closed", "本文的评论已关闭，没能发表。你写的内容还在，可以复制。", "Comments here have closed, so this was not posted. Your text is still here to copy."),
    Text("comment-unknown", Place.FAULT, "comment-unknown", None, "你回复的评论已不在了，没能发表。内容还在，可以复制。", "The comment you answered is gone, so this was not posted. Your text is still here to copy."),
    Text("offline", Place.FAULT, "offline", None, "网络断开了，没能发送。内容已保存在本机，联网后请重试。", "You are offline, so this was not sent. Your text is saved on this device; try again once connected."),
    Text("unavailable", Place.FAULT, "unavailable", None, "暂时连不上评论服务，没能发送。内容已保存在本机，请稍后重试。", "The comment service cannot be reached. Your text is saved on this device; please try again later."),
    Text("failed", Place.FAULT, "failed", "failed", "没能发表，内容还在，请稍后重试。", "This was not posted. Your text is still here; please try again later."),
    Text("page-faults", Place.FAULT, None, "faults", "还差一点，请看下面标出的地方：", "Almost there: please see what is marked below:"),
    Text("page-text-missing", Place.FAULT, None, "text_missing", "请先写点内容。", "Please write something first."),
    Text("page-nickname-missing", Place.FAULT, None, "nickname_missing", "请填写昵称。", "Please give a name."),
    Text("page-nickname-too-long", Place.FAULT, None, "nickname_too_long", "昵称最多 {n} 个字。", "A name has at most {n} characters."),
    Text("page-answer-missing", Place.FAULT, None, "answer_missing", "请算出图中的结果，填在这里。", "Please work out the sum in the image."),
    Text("page-challenge-failed", Place.FAULT, None, "challenge-failed", "验证码不对，已换了一张，请再填一次。", "That captcha answer was wrong. Here is a new one."),
    Text("page-challenge-expired", Place.FAULT, None, "challenge-expired", "验证码过期了，已换了一张，请再填一次。", "The captcha had expired. Here is a new one."),
    Text("page-challenge-required", Place.FAULT, None, "challenge-required", "请算出图中的结果，填在这里。", "Please work out the sum in the image."),
    Text("page-too-many-requests", Place.FAULT, None, "too-many-requests", "发得太快了，请 {n} 秒后再试。内容还在。", "That was quick. Please try again in {n} seconds; your text is still here."),
    Text("page-comment-unknown", Place.FAULT, None, "comment-unknown", "你回复的评论已不在了，没能发表。内容还在。", "The comment you answered is gone, so this was not posted. Your text is still here."),
    Text("page-origin-not-allowed", Place.FAULT, None, "origin-not-allowed", "这个网站没有开通评论，没能发表。内容还在。", "Comments are not set up for this website. Your text is still here."),
    Text("page-unavailable", Place.FAULT, None, "unavailable", "评论服务暂时不可用，没能发表。内容还在，请稍后重试。", "The comment service is not available just now. Your text is still here; please try again later."),
    Text("report-reason-missing", Place.FAULT, None, "report_reason_missing", "请选一个理由。", "Please choose a reason."),
    Text("report-note-too-long", Place.FAULT, None, "report_note_too-long", "补充说明最多 {n} 个字，现在有 {m} 个。", "At most {n} characters; there are {m} now."),
    Text("report-comment-unknown", Place.FAULT, None, "report_comment_unknown", "这条评论已经不在了，不用举报。", "This comment is gone. There is nothing to report any more."),
    Text("report-failed", Place.FAULT, None, "report_failed", "举报没能提交，内容还在，请稍后重试。", "Your report was not sent. What you wrote is still here; please try again later."),
    Text("page-gone-title", Place.FAULT, None, "gone_title", "没有找到这条评论", "There is no such comment"),
    Text("page-gone", Place.FAULT, None, "gone", "这条评论已不在了，或从未公开。", "It is gone, or was never public."),
    Text("page-nothing-title", Place.FAULT, None, "nothing_title", "没有找到这一页", "There is no such page"),
    Text("page-nothing", Place.FAULT, None, "nothing", "这个网址下没有内容，请检查是否完整。", "There is nothing at this address; check that it is complete."),
    Text("page-trouble-title", Place.FAULT, None, "trouble_title", "暂时不能显示", "Not available just now"),
    Text("page-trouble", Place.FAULT, None, "trouble", "这一页暂时不能显示，请稍后再试。", "This page cannot be shown just now. Please try again later."),
    Text("challenge-harder", Place.FAULT, "challenge-harder", None, "还需要填写验证码，内容还在。", "Please answer the captcha as well; your text is still here."),
    Text("sign-in-required", Place.FAULT, "sign-in-required", None, "请先登录再发表，内容还在。", "Please sign in first; your text is still here."),
    Text("portal-token-invalid", Place.FAULT, "portal-token-invalid", None, "登录已失效，请刷新页面后再发，内容还在。", "Your sign-in has ended. Reload the page and post again; your text is still here."),
    Text("sound-unavailable", Place.FAULT, "sound-unavailable", None, "语音验证码暂时没有，请用图片。", "There is no spoken captcha just now; please use the image."),
    Text("revision-stale", Place.FAULT, "revision-stale", None, "评论已有变动，请刷新后再改。", "The comment has changed meanwhile. Reload and edit again."),
    Text("comment-settled", Place.FAULT, "comment-settled", None, "已过修改时间，不能再改。", "The time for editing is over."),
    # REASON
    Text("reason-advertising", Place.REASON, "advertising", "reason_advertising", "含有广告", "advertising"),
    Text("reason-contact", Place.REASON, "contact", "reason_contact", "含有联系方式", "contact details"),
    Text("reason-gambling", Place.REASON, "gambling", "reason_gambling", "涉及赌博", "gambling"),
    Text("reason-fraud", Place.REASON, "fraud", "reason_fraud", "有诈骗嫌疑", "suspected fraud"),
    Text("reason-insult", Place.REASON, "insult", "reason_insult", "用语伤人", "hurtful words"),
    Text("reason-repeat", Place.REASON, "repeat", "reason_repeat", "与已有的评论重复", "a repeat of another comment"),
    Text("reason-off-topic", Place.REASON, "off-topic", "reason_off-topic", "与本文无关", "not about this article"),
    Text("reason-illegal", Place.REASON, "illegal", "reason_illegal", "含有法律不允许的内容", "content the law forbids"),
    Text("reason-privacy", Place.REASON, "privacy", "reason_privacy", "透露了他人隐私", "someone’s private details"),
    Text("reason-other", Place.REASON, "other", "reason_other", "不符合评论须知", "against the comment rules"),
    Text("report-advertising", Place.REASON, None, "report_advertising", "广告、推销、刷屏", "It advertises, or floods the page"),
    Text("report-insult", Place.REASON, None, "report_insult", "辱骂、歧视或攻击他人", "It insults or attacks somebody"),
    Text("report-fraud", Place.REASON, None, "report_fraud", "诈骗或钓鱼", "It is a fraud"),
    Text("report-gambling", Place.REASON, None, "report_gambling", "赌博", "It is about gambling"),
    Text("report-privacy", Place.REASON, None, "report_privacy", "泄露他人隐私", "It gives away private details"),
    Text("report-contact", Place.REASON, None, "report_contact", "留联系方式拉人", "It leads people elsewhere by contact details"),
    Text("report-illegal", Place.REASON, None, "report_illegal", "违反法律", "It breaks the law"),
    Text("report-off-topic", Place.REASON, None, "report_off-topic", "与文章无关", "It has nothing to do with the article"),
    Text("report-other", Place.REASON, None, "report_other", "其他问题", "Something else"),
    # RECEIPT
    Text("receipt-title", Place.RECEIPT, None, "receipt_title", "评论回执", "Receipt"),
    Text("receipt-another", Place.RECEIPT, None, "receipt_another", "查看另一张回执", "Another receipt"),
    Text("receipt-number", Place.RECEIPT, None, "receipt_number", "回执编号", "Receipt number"),
    Text("receipt-keep", Place.RECEIPT, None, "receipt_keep", "请记下这个编号：凭它可以随时回来查看，不需要登录。不要给别人看。", "Keep this number: with it you can come back at any time, without signing in. Do not show it to others."),
    Text("receipt-pending", Place.RECEIPT, None, "receipt_pending", "正在等待审核。审核员看过以后才会显示，结果会写在这里。", "Waiting for review. It appears once a moderator has let it through; what becomes of it will stand here."),
    Text("receipt-published", Place.RECEIPT, None, "receipt_published", "已发表。", "Published."),
    Text("receipt-see", Place.RECEIPT, None, "receipt_see", "去看这条评论", "See the comment"),
    Text("receipt-rejected", Place.RECEIPT, None, "receipt_rejected", "没有发表：{reason}。", "Not published: {reason}."),
    Text("receipt-withdrawn", Place.RECEIPT, None, "receipt_withdrawn", "你已撤回这条评论，它不再显示。", "You withdrew this comment. It is no longer shown."),
    Text("receipt-erased", Place.RECEIPT, None, "receipt_erased", "这条评论的内容已删除。", "The text of this comment has been erased."),
    Text("receipt-appeal", Place.RECEIPT, None, "receipt_appeal", "申诉", "Appeal"),
    Text("receipt-appeal-hint", Place.RECEIPT, None, "receipt_appeal_hint", "觉得处理得不对，可以在 {date}前申诉一次，由审核员重新判断。", "If you think this was wrong, you may appeal once, until {date}. A moderator will judge it again."),
    Text("receipt-appeal-text", Place.RECEIPT, None, "receipt_appeal_text", "申诉理由", "Why it should be published"),
    Text("receipt-appeal-text-hint", Place.RECEIPT, None, "receipt_appeal_text_hint", "最多 {n} 个字，只有审核员看得到。", "At most {n} characters; only moderators read them."),
    Text("receipt-appeal-send", Place.RECEIPT, None, "receipt_appeal_send", "提交申诉", "Send appeal"),
    Text("receipt-appeal-yours", Place.RECEIPT, None, "receipt_appeal_yours", "你写的申诉理由", "What you wrote"),
    Text("receipt-appeal-open", Place.RECEIPT, None, "receipt_appeal_open", "申诉已收到，审核员正在重新判断，通常三天内有结果。", "Your appeal was received. A moderator judges it again, usually within three days."),
    Text("receipt-appeal-granted", Place.RECEIPT, None, "receipt_appeal_granted", "申诉通过了。", "Your appeal was granted."),
    Text("receipt-appeal-denied", Place.RECEIPT, None, "receipt_appeal_denied", "申诉没有通过：{reason}。", "Your appeal was not granted: {reason}."),
    Text("receipt-withdraw", Place.RECEIPT, None, "receipt_withdraw", "撤回评论", "Withdraw the comment"),
    Text("receipt-withdraw-hint", Place.RECEIPT, None, "receipt_withdraw_hint", "撤回后评论不再显示，不能恢复。", "It will no longer be shown, and cannot be restored."),
    Text("receipt-find", Place.RECEIPT, None, "receipt_find", "查看回执", "Look up a receipt"),
    Text("receipt-find-hint", Place.RECEIPT, None, "receipt_find_hint", "输入发表评论或举报时得到的编号。", "Enter the number you were given when you posted or reported."),
    Text("receipt-find-send", Place.RECEIPT, None, "receipt_find_send", "查看", "Show"),
    Text("receipt-missing", Place.RECEIPT, None, "receipt_missing", "请填写编号。", "Please enter the number."),
    Text("receipt-unknown", Place.RECEIPT, None, "receipt_unknown", "没有这个编号的回执，请检查是否抄错。", "There is no receipt with this number. Please check it."),
    Text("receipt-appeal-missing", Place.RECEIPT, None, "receipt_appeal_missing", "请写明理由。", "Please say why."),
    Text("receipt-impossible", Place.RECEIPT, None, "receipt_impossible", "这条评论现在不能申诉了。", "This can no longer be appealed."),
    Text("receipt-settled", Place.RECEIPT, None, "receipt_settled", "状态已经变了，请看最新结果。", "Its status has changed; please see what it is now."),
    Text("receipt-failed", Place.RECEIPT, None, "receipt_failed", "没有办成，内容还在，请稍后重试。", "That did not work; your text is still here. Please try again later."),
)
# fmt: on
BY_KEY: Final = MappingProxyType({text.key: text for text in TEXTS})


def language_of(tag: str) -> str | None:
    """Return which of the languages a reader of this one (BCP 47: "zh-Hant-HK", "en-GB") is best served by; None: none.

    Traditional characters are Taiwan's here, whoever writes them; a script that is named counts more than a region.
    """
    primary, *more = tag.strip().lower().replace("_", "-").split("-")
    if primary == "en":
        return "en"
    if primary != "zh":
        return None
    is_traditional = "hant" in more or ("hans" not in more and not _TRADITIONAL_REGIONS.isdisjoint(more))
    return "zh-TW" if is_traditional else "zh-CN"


def fill(text: str, **values: object) -> str:
    """Put values into a text's slots. Unlike `str.format` it follows no attributes and trips over no brace."""
    return _SLOT.sub(lambda slot: str(values.get(slot[1], slot[0])), text)


def faults_of_texts(overrides: Overrides) -> list[Fault]:
    """Say what is wrong with a site's own texts: an unknown one, one too long, a slot lost or invented, two lines."""
    faults = []
    for language, texts in overrides.items():
        if language not in LANGUAGES:
            faults.append(Fault(f"/texts/{language}", "unknown"))
            continue
        for key, text in texts.items():
            pointer = f"/texts/{language}/{key}"
            if key not in BY_KEY:
                faults.append(Fault(pointer, "unknown"))
                continue
            found = faults_of_string(pointer, text, MAX_CHARS, is_line=True)
            if text and not found and tuple(sorted(set(_SLOT.findall(text)))) != BY_KEY[key].slots:
                found = [Fault(pointer, "wrong-slots")]
            faults += found
    return faults


def own_texts(overrides: Overrides) -> dict[str, dict[str, str]]:
    """Keep of what a form sent what differs from the defaults; an empty text goes back to the default."""
    kept: dict[str, dict[str, str]] = {}
    for language, texts in overrides.items():
        for key, text in texts.items():
            if text and text != BY_KEY[key].default(language):
                kept.setdefault(language, {})[key] = text
    return kept


def box_texts(overrides: Overrides) -> dict[str, dict[str, str]]:
    """Return a site's own texts under the names that the embed's script has for them."""
    return {
        language: {name: text for key, text in texts.items() if (name := _box_name(key)) is not None}
        for language, texts in overrides.items()
    }


def _box_name(key: str) -> str | None:
    text = BY_KEY.get(key)
    return None if text is None else text.box


def page_texts(language: str, overrides: Overrides) -> dict[str, str]:
    """Return what the page without JavaScript says, by its own names: the defaults with the site's own over them."""
    own = overrides.get(language, {})
    return {text.page: own.get(text.key) or text.default(language) for text in TEXTS if text.page is not None}
