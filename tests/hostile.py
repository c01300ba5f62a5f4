"""Strings that would do harm where something is not escaped: each one rings a bell (`ring()`), or leads outside.

Families after the kinds of places a text is put into: element content, attributes, addresses, styles, scripts, XML,
templates, and layouts. Written for this project; the tricks themselves are common knowledge.
"""

from itertools import product
from typing import Final

OUTSIDE: Final = "https://outside.example"
"""Where no request may ever go."""

_ELEMENTS: Final = (
    "<script>ring()</script>",
    "<SCRIPT>ring()</SCRIPT>",
    "<scr<script>ipt>ring()</scr</script>ipt>",
    f"<script src={OUTSIDE}/x.js></script>",
    f"<script type=module src='{OUTSIDE}/x.js'></script>",
    "<img src=x onerror=ring()>",
    f'<img src="{OUTSIDE}/pixel.gif">',
    f'<img srcset="{OUTSIDE}/a.png 1x">',
    "<svg onload=ring()>",
    "<svg><script>ring()</script></svg>",
    "<svg><animate onbegin=ring() attributeName=x dur=1s>",
    "<math><mtext></mtext><script>ring()</script></math>",
    f"<iframe src={OUTSIDE}></iframe>",
    "<iframe srcdoc='<script>parent.ring()</script>'></iframe>",
    f"<object data={OUTSIDE}/x.swf></object>",
    f"<embed src={OUTSIDE}/x.swf>",
    f"<link rel=stylesheet href={OUTSIDE}/x.css>",
    f"<link rel=prefetch href={OUTSIDE}/x>",
    f"<style>@import '{OUTSIDE}/x.css';*{{color:red}}</style>",
    f"<base href={OUTSIDE}/>",
    f"<meta http-equiv=refresh content='0;url={OUTSIDE}'>",
    f"<form action={OUTSIDE}><button>go</button></form>",
    "<details open ontoggle=ring()>x</details>",
    "<video><source onerror=ring()></video>",
    f"<audio src={OUTSIDE}/a.wav autoplay></audio>",
    "<input autofocus onfocus=ring()>",
    "<select autofocus onfocus=ring()></select>",
    "<textarea autofocus onfocus=ring()></textarea>",
    "<marquee onstart=ring()>x</marquee>",
    "<body onload=ring()>",
    "<table background='javascript:ring()'>",
    "<template><script>ring()</script></template>",
    "<noscript><p title='</noscript><img src=x onerror=ring()>'>",
    "<a href=javascript:ring()>x</a>",
    f"<a href={OUTSIDE} ping={OUTSIDE}/ping>x</a>",
    "<isindex action=javascript:ring() type=image>",
    "<moderation-comments data-site=demo data-thread=x></moderation-comments>",
    "<!--<img src=x onerror=ring()>-->",
    "<![CDATA[<img src=x onerror=ring()>]]>",
    "<?xml version='1.0'?><x onload=ring()/>",
    "<!doctype html><html onload=ring()>",
    "&lt;script&gt;ring()&lt;/script&gt;",
    "&#60;img src=x onerror=ring()&#62;",
    "\\u003cimg src=x onerror=ring()\\u003e",
    "%3Cscript%3Ering()%3C/script%3E",
    "＜script＞ring()＜/script＞",
)
_BREAKERS: Final = (
    "",
    '">',
    "'>",
    '" autofocus onfocus=ring() x="',
    "</textarea>",
    "</title>",
    "</script>",
    "</style>",
    "-->",
    "]]>",
    "</p></article></li></ol>",
)
_ADDRESSES: Final = (
    "javascript:ring()",
    "JaVaScRiPt:ring()",
    "java\tscript:ring()",
    "\x01javascript:ring()",
    "data:text/html,<script>ring()</script>",
    "vbscript:ring()",
    f"//{OUTSIDE.removeprefix('https://')}/x",
    "blob:https://outside.example/1",
    "view-source:javascript:ring()",
)
_TEMPLATES: Final = (
    "{{ 7 * 7 }}",
    "{{ config }}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
    "${ring()}",
    "#{ring()}",
    "<%= ring() %>",
    "{n} {name} {reason} {m}",
    "{0.__class__}",
    "%s %n %(name)s",
    "[[ring()]]",
    "`ring()`",
    "<!--#exec cmd='id' -->",
    f"<!--# include virtual='{OUTSIDE}' -->",
    f"<esi:include src='{OUTSIDE}'/>",
    "&xxe; <!ENTITY xxe SYSTEM 'file:///etc/passwd'>",
)
_SCRIPTS: Final = (
    "';ring();//",
    '";ring();//',
    "\\';ring();//",
    "</script><script>ring()</script>",
    '{"@type":"Comment"}</script><img src=x onerror=ring()>',
    "\u2028ring()\u2029",
    "*/ring()/*",
    "__proto__",
    "constructor.prototype",
    "[object Object]",
)
_LAYOUTS: Final = (
    "w" * 900,
    "宽" * 900,
    "a\n" * 400,
    "Z\u0351\u036b\u0343" * 120,
    "\u202eevil\u202d gnp.exe",
    "\u2066\u2067\u2068 abc \u2069",
    "\ufdfd" * 40,
    "🏳️\u200d🌈" * 100,
    "\u200b" * 50 + "x",
    "\u0e49" * 200 + "x",
    "style='position:fixed;inset:0;background:red'",
    "position:fixed;top:0;left:0;width:9999px",
    "ﷺ﷽" * 30,
    "\t\t\t" + "x" * 50 + "\t\t\t",
)

TEXTS: Final = tuple(
    dict.fromkeys(
        (
            *(f"{breaker}{element}" for element, breaker in product(_ELEMENTS, _BREAKERS[:7])),
            *(f"{breaker}{_ELEMENTS[5]}" for breaker in _BREAKERS[7:]),
            *_ADDRESSES,
            *_TEMPLATES,
            *_SCRIPTS,
            *_LAYOUTS,
        )
    )
)
"""Some hundreds of them, none longer than a comment may be."""

NICKNAMES: Final = tuple(
    text
    for text in dict.fromkeys(
        (
            "<img src=x onerror=ring()>"[:24],
            "<svg onload=ring()>",
            "<script>ring()</script>",
            '" onfocus=ring() x="',
            "' onclick=ring() '",
            "</title><svg onload=ring",
            "javascript:ring()",
            "{{7*7}}{% x %}",
            "{n}{name}{reason}",
            "\u202eresu\u202c",
            "W" * 24,
            "--><svg onload=ring()>",
            "]]><x/>",
            "&amp;&lt;b&gt;",
            "${ring()}",
            "=cmd|' /C calc'!A0",
        )
    )
    if len(text) <= 24
)
LINKS: Final = (
    'https://safe.example/"onmouseover=ring()//',
    "https://safe.example/'onfocus='ring()",
    "https://safe.example/<script>ring()</script>",
    "https://safe.example/?x={{7*7}}&y=${ring()}",
)
"""Web addresses, as a link must be one; what they hold must stay inside."""
