"""Shortcodes, tags and components that many sites share → Markdown or HTML that readers know.

The names are data: `MAPPED` holds what is written alike in every dialect, `DIALECTS` what is not.
"""

from __future__ import annotations

import re

from feeds.sources.syntax.calls import Call, Replacement
from feeds.sources.syntax.snippets import (
    MEDIA,
    anchor,
    callout,
    capitalised,
    escape_attribute,
    fence,
    figure,
    image,
    link,
    name_link,
    quotation,
    trimmed,
)

_is_address = re.compile(r"[^\n]*\.\w{2,5}\Z|\S*/\S").match
_is_file = re.compile(r"[^/]+\.\w+\Z").match


def _figure(call: Call) -> str:
    titles = ("title",) if "fig" in call.name.lower() else ()
    src = call.get("src", "url", "image", "image_path", "path", "file", "filename", "image_url")
    src = src or next(filter(_is_address, call.words), "") or call.get("href")
    caption = call.get("caption", "cap", "figcaption", *titles) or call.text
    words = call.words[call.words.index(src) + 1 :] if src in call.words else call.words
    alt = call.get("alt") or caption or call.get("title")
    alt = alt or " ".join(word for word in words if not word.isdigit())
    picture = image(src, alt, call.get("width"), call.get("height"))
    target = call.get("link", "href")
    if src and target not in ("", src):
        picture = f'<a href="{escape_attribute(target)}">{picture}</a>'
    return figure(picture, caption) if call.block and caption and src else picture


def _embed(label: str, site: str, between: str = "", anyone: str = "") -> Replacement:
    """Return a link to what another site shows; between: what divides a user from a thing."""

    def written(call: Call) -> str:
        words = [word for word in call.words if between != "/" or not _is_file(word)] or [call.text]
        found = call.get("url", "src", "href", *_IDS)
        user = call.get("user", "username") or anyone
        if not found and between and len(words) > 1:
            user = words.pop(0)
        found = found or words[0]
        if not found or re.search(r"\s", found):
            return call.inner or ""
        path = found if "/" in found or not between else f"{user}{between if user else ''}{found}"
        return anchor(call.get("title", "label") or label, path if "//" in path else site + path)

    return written


_IDS = "id videoid video tweetid tweetlink gist key bvid repo path file mp4".split()


def _video(call: Call) -> str:
    found = call.get("src", "url", "path", "file", "mp4") or next(iter(call.words), "")
    if MEDIA.search(found.partition("?")[0]):
        return f'<video src="{escape_attribute(found)}" controls></video>'
    return _embed("Video", "")(call)


TYPES = frozenset(
    """note tip info warning caution danger important alert notice callout admonition hint aside
    success error attention message seealso details spoiler example question quote""".split()
)
"""Kinds of callout that a site names; any other word is a title."""

_STYLES = frozenset("default primary secondary no-icon simple true false open closed".split())


def _callout(call: Call) -> str:
    kind = call.get("type", "kind", "variant", "status", "intent", "level", "severity")
    words = [word for word in call.words if word.lower() not in _STYLES]
    if words and words[0].lower() in TYPES:
        kind = words.pop(0)
    inner = call.inner if call.text else call.get("content", "text", "message", "body")
    title = call.get("title", "label", "heading", "summary", "header", "name", "tabname")
    title = title or " ".join(words) or call.get("value")
    if not title and "tab" in call.name.lower():
        return call.inner or ""
    return callout(title or capitalised(kind or call.name), inner or "")


def _card(call: Call) -> str:
    title = call.get("title", "label", "heading", "name") or next(iter(call.words), "")
    text = call.get("description") or call.text
    head = link(title or text, call.get("href", "to", "url", "link", "path"))
    return f"{head}: {text}" if title and text else head


def _anchor(call: Call) -> str:
    return link(call.text or call.get("title", "label"), call.get("href", "to", "url"))


def _inner(call: Call) -> str:
    return call.inner or ""


def _reference(call: Call) -> str:
    return name_link(call.get("path") or " ".join(call.words[:1]))


def _hexo_link(call: Call) -> str:
    words = call.words  # `link text url [external] [title]`; Jekyll's has a path alone
    at = next((i for i, word in enumerate(words) if re.match(r"https?://|/", word)), 0)
    return link(" ".join(words[:at]), words[at]) if at else _reference(call)


def _post_link(call: Call) -> str:
    name, *title = [word for word in call.words if word not in ("true", "false")] or [""]
    return link(" ".join(title) or name, name_link(name))


def _quote(call: Call) -> str:
    source = call.get("author", "source", "cite") or ("" if call.named else call.source)
    source = ", ".join(part.strip() for part in source.split(",") if part.strip())
    return quotation(trimmed(call.inner or "") + (f"\n\n— {source}" if source else ""))


def code(call: Call) -> str:
    """Return the inner text, of which nothing is read, as code in the language that is named."""
    languages = [call.get("lang", "language")]
    languages += [word[5:] for word in call.words if word.startswith("lang:")]
    languages += [word for word in call.words if re.fullmatch(r"[A-Za-z][\w+#.-]*", word)]
    language = re.sub(r"[^\w+#.-]", "", next(filter(None, languages), ""))
    if not call.block and not re.search("[\n`]", call.text):
        return f"`{call.text}`" if call.text else ""
    # Hugo's shortcodes that are only shown are escaped in code, too.
    shown = re.sub(r"(\{\{[<%])/\*(.*?)\*/([>%]\}\})", r"\1\2\3", call.inner or "")
    return fence(shown.rstrip(), language)


def _each(rows: dict[str, Replacement]) -> dict[str, Replacement]:
    return {name: replacement for names, replacement in rows.items() for name in names.split()}


MAPPED = _each(
    {
        "figure imgcaption captionedimage": _figure,
        "img image picture staticimage assetimg resizeimage themedimage imgc": _figure,
        "youtube liteyoutube youtubeembed youtubelite youtubevideo yt": _embed(
            "YouTube video", "https://www.youtube.com/watch?v="
        ),
        "vimeo vimeoembed": _embed("Vimeo video", "https://vimeo.com/"),
        "tweet twitter x xsimple twittersimple tweetembed embedtweet": _embed(
            "Tweet", "https://twitter.com/", "/status/", "i"
        ),
        "gist githubgist": _embed("Gist", "https://gist.github.com/", "/"),
        "codepen": _embed("CodePen", "https://codepen.io/", "/pen/", "i"),
        "instagram": _embed("Instagram post", "https://www.instagram.com/p/"),
        "codesandbox": _embed("CodeSandbox", "https://codesandbox.io/s/"),
        "stackblitz": _embed("StackBlitz", "https://stackblitz.com/edit/"),
        "jsfiddle": _embed("JSFiddle", "https://jsfiddle.net/"),
        "asciinema": _embed("Asciinema", "https://asciinema.org/a/"),
        "bilibili": _embed("Bilibili", "https://www.bilibili.com/video/"),
        "github": _embed("GitHub", "https://github.com/"),
        "iframe": _embed("Embedded page", ""),
        "video videoplayer html5video": _video,
        " ".join(TYPES - {"example", "question", "quote"}): _callout,
        "tab tabitem tabpane tabpanel accordion accordionitem": _callout,
        "linkcard card linkbutton": _card,
        "tabs tabgroup codetabs codegroup steps cardgrid cards cardgroup accordiongroup raw rawhtml"
        " html unsafe center fragment layout wrapper": _inner,
        "toc tocinline tableofcontents head adsense newsletter": lambda call: "",
        "br": lambda call: "<br>",
        "blockquote quote pullquote": _quote,
        "highlight codeblock code codetoggle codefrominline mermaid": code,
    }
)
"""Name in lower case, without `-` and `_`, → what it becomes."""

_LIQUID = _each(
    {
        "posturl link postpath": _reference,
        "assign set increment decrement layout extends import else elsif elseif when break "
        "continue raw verbatim comment capture": _inner,
    }
)
DIALECTS = {
    "hugo": _each({"ref relref": _reference}),
    "zola": {},
    "mdx": _each({"link a navlink": _anchor, "highlight codeblock code mermaid": _inner}),
    "liquid": _LIQUID,
    "hexo": _LIQUID | {"link": _hexo_link, "postlink": _post_link},
    "directive": _each({"example question quote": _callout}),
}
_ENDING = re.compile(r"(?:image|img|picture|figure|youtube|vimeo|gist|tweet)\Z")
"""How the names of what sites build upon these end: `legacy-img`, `responsive_image`."""


def replacement(dialect: str, name: str) -> Replacement | None:
    """Return what the shortcode of this name becomes, None if nobody knows."""
    key = re.sub(r"[-_]", "", name.lower())
    if known := DIALECTS[dialect].get(key) or MAPPED.get(key):
        return known
    ending = _ENDING.search(key)
    return MAPPED[ending[0]] if ending else None
