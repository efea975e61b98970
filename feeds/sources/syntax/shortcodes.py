"""Shortcodes, tags and components that many sites share → Markdown or HTML that readers know.

The names are data: `MAPPED` holds what is written alike in every dialect, `DIALECTS` what is not.
"""

from __future__ import annotations

import re

from feeds.sources.syntax.calls import Call, Replacement
from feeds.sources.syntax.snippets import (
    anchor,
    callout,
    capitalised,
    code_span,
    escape_attribute,
    escape_markdown,
    fence,
    figure,
    image,
    is_media,
    link,
    name_link,
    plain,
    quotation,
    trimmed,
)

_is_address = re.compile(r"[^\n]*\.\w{2,5}\Z|\S*/\S").match
_is_file = re.compile(r"[^/]+\.\w+\Z").match


def _figure(call: Call) -> str:
    src = call.get("src", "url", "image", "image_path", "path", "file", "filename", "image_url")
    src = src or call.get("href") or next((word for word in call.words if _is_address(word)), "")
    caption = call.get("caption", "cap", "figcaption", "title") or call.text
    alt = plain(call.get("alt", "caption", "title")) or _words_after(call, src)
    picture = image(src, alt, size=_size(call))
    target = call.get("link", "href")
    if target and target != src and picture.startswith("<img"):
        picture = f'<a href="{escape_attribute(target)}">{picture}</a>'
    return figure(picture, caption) if call.block and caption and src else picture


def _picture(call: Call) -> str:
    if call.get("caption") and call.block:
        return _figure(call)
    src = call.get("src", "url", "path", "file", "image", "filename")
    src = src or next((word for word in call.words if _is_address(word)), "")
    alt = call.get("alt") or plain(call.get("caption")) or _words_after(call, src)
    return image(src, alt, call.get("title"), _size(call))


def _words_after(call: Call, src: str) -> str:
    start = call.words.index(src) + 1 if src in call.words else 0
    words = [word for word in call.words[start:] if not word.isdigit()]
    return next((word for word in words if " " in word), " ".join(words))


def _size(call: Call) -> str:
    width, height = call.get("width"), call.get("height")
    return f"{width if width.isdigit() else ''}x{height if height.isdigit() else ''}"


def _embed(label: str, address: str, *names: str) -> Replacement:
    def replace(call: Call) -> str:
        found = call.get("url", "src", "href", *names)
        parts = [found] if found else list(call.words[: address.count("{}")]) or [call.text]
        text = call.get("title", "label") or label
        if not parts[0] or parts[0].startswith(("https://", "http://", "//")):
            return anchor(text, parts[0])
        if len(parts) < address.count("{}"):
            parts.insert(0, call.get("user", "username") or "i")
        return anchor(text, address.format(*parts))

    return replace


def _tweet(call: Call) -> str:
    found = call.get("url", "id", "tweetid", "tweetlink") or (call.words or (call.text,))[-1]
    if found.isdigit():
        user = call.get("user") or (call.words[0] if len(call.words) > 1 else "i")
        return anchor("Tweet", f"https://twitter.com/{user}/status/{found}")
    if "/status/" not in found:
        return call.inner or ""
    return anchor("Tweet", found if "//" in found else f"https://twitter.com/{found}")


def _gist(call: Call) -> str:
    found = call.get("url", "src", "id", "gist")
    parts = [part for part in ([found] if found else call.words[:2]) if not _is_file(part)]
    user = call.get("user", "username")
    path = "/".join([user, *parts] if user and len(parts) == 1 else parts)
    return anchor("Gist", path if "//" in path else f"https://gist.github.com/{path}")


def _video(call: Call) -> str:
    found = call.get("src", "url", "path", "file", "mp4", "id", word=0) or call.text
    if provider := MAPPED.get(_key(call.get("provider"))):
        return provider(Call("", words=(found,)))
    if is_media(found.partition("?")[0]):
        return f'<video src="{escape_attribute(found)}" controls></video>'
    return anchor(call.get("title") or "Video", found)


def _iframe(call: Call) -> str:
    return anchor(call.get("title") or "Embedded page", call.get("src", "url", word=0))


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
    title = call.get("title", "label", "heading", "summary", "header", "name") or " ".join(words)
    if not inner and title and not call.named:
        title, inner = "", title
    return callout(title or capitalised(kind or call.name), inner or "")


def _tab(call: Call) -> str:
    title = call.get("label", "title", "name", "header", "value", "tabname", word=0)
    return callout(title, call.inner or "") if title else _inner(call)


def _card(call: Call) -> str:
    title = call.get("title", "label", "heading", "name", word=0)
    text = call.get("description") or call.text
    head = link(title or text, call.get("href", "to", "url", "link", "path"))
    return f"{head}: {text}" if title and text else head


def _anchor(call: Call) -> str:
    return link(call.text or call.get("title", "label"), call.get("href", "to", "url"))


def _inner(call: Call) -> str:
    return call.inner or ""


def _nothing(call: Call) -> str:
    return ""


def _reference(call: Call) -> str:
    return name_link(call.get("path", word=0))


def _post_link(call: Call) -> str:
    words = [word for word in call.words if word not in ("true", "false")]
    if not words:
        return ""
    return link(" ".join(words[1:]) or escape_markdown(words[0]), name_link(words[0]))


def _hexo_link(call: Call) -> str:
    if len(call.words) == 1:  # Jekyll's, with a path
        return _reference(call)
    target = next((n for n, word in enumerate(call.words) if "/" in word or "#" in word), None)
    return "" if target is None else link(" ".join(call.words[:target]), call.words[target])


def _asset_link(call: Call) -> str:
    return link(" ".join(call.words[1:]) or call.get(word=0), call.get(word=0))


def _quote(call: Call) -> str:
    source = call.get("author", "source", "cite") or ("" if call.named else call.source)
    source = ", ".join(part.strip() for part in source.split(",") if part.strip())
    return quotation(trimmed(call.inner or "") + (f"\n\n— {source}" if source else ""))


def code(call: Call) -> str:
    """Return the inner text as code, in the language that the first word names."""
    languages = [call.get("lang", "language")]
    languages += [word[5:] for word in call.words if word.startswith("lang:")]
    languages += [word for word in call.words if re.fullmatch(r"[A-Za-z][\w+#.-]*", word)]
    language = re.sub(r"[^\w+#.-]", "", next(filter(None, languages), ""))
    if not call.block and "\n" not in call.text:
        return code_span(call.text)
    return fence((call.inner or "").rstrip(), language)


def _each(names: str, replacement: Replacement) -> dict[str, Replacement]:
    return dict.fromkeys(names.split(), replacement)


_youtube = _embed("YouTube video", "https://www.youtube.com/watch?v={}", "id", "videoid", "video")

MAPPED: dict[str, Replacement] = {
    **_each("figure imgcaption captionedimage", _figure),
    **_each("img image picture staticimage assetimg resizeimage themedimage imgc", _picture),
    **_each("youtube liteyoutube youtubeembed youtubelite youtubevideo yt", _youtube),
    **_each("vimeo vimeoembed", _embed("Vimeo video", "https://vimeo.com/{}", "id", "videoid")),
    **_each("tweet twitter x xsimple twittersimple tweetembed embedtweet", _tweet),
    **_each("gist githubgist", _gist),
    **_each("video videoplayer html5video", _video),
    **_each("instagram", _embed("Instagram post", "https://www.instagram.com/p/{}/", "id")),
    **_each("codesandbox", _embed("CodeSandbox", "https://codesandbox.io/s/{}", "id")),
    **_each("stackblitz", _embed("StackBlitz", "https://stackblitz.com/edit/{}", "id")),
    **_each("codepen", _embed("CodePen", "https://codepen.io/{}/pen/{}", "id")),
    **_each("jsfiddle", _embed("JSFiddle", "https://jsfiddle.net/{}/", "id")),
    **_each("asciinema", _embed("Asciinema", "https://asciinema.org/a/{}", "id", "key")),
    **_each("bilibili", _embed("Bilibili", "https://www.bilibili.com/video/{}", "id", "bvid")),
    **_each("github", _embed("GitHub", "https://github.com/{}", "repo")),
    **_each("iframe", _iframe),
    **_each(" ".join(TYPES - {"example", "question", "quote"}), _callout),
    **_each("tab tabitem tabpane tabpanel accordion accordionitem", _tab),
    **_each("linkcard card linkbutton", _card),
    **_each(
        "tabs tabgroup codetabs codegroup steps cardgrid cards cardgroup accordiongroup raw "
        "rawhtml html unsafe center fragment layout wrapper",
        _inner,
    ),
    **_each("toc tocinline tableofcontents head adsense newsletter", _nothing),
    **_each("br", lambda call: "<br>"),
    **_each("blockquote quote pullquote", _quote),
}
"""Name in lower case, without `-` and `_`, → what it becomes."""

ENDINGS: dict[str, Replacement] = {
    "image": _picture,
    "img": _picture,
    "picture": _picture,
    "figure": _figure,
    "youtube": _youtube,
    "vimeo": MAPPED["vimeo"],
    "gist": _gist,
    "tweet": _tweet,
}
"""How the names of what sites build upon these end: `legacy-img`, `responsive_image`."""

_LIQUID = {
    **_each("posturl link", _reference),
    **_each(
        "assign set increment decrement layout extends import else elsif elseif when break "
        "continue raw verbatim comment capture",
        _inner,
    ),
}
DIALECTS: dict[str, dict[str, Replacement]] = {
    "hugo": _each("ref relref", _reference),
    "zola": {},
    "mdx": {
        **_each("link a navlink", _anchor),
        **_each("figure image img picture staticimage themedimage", _figure),
    },
    "liquid": _LIQUID,
    "hexo": {
        **_LIQUID,
        **_each("link", _hexo_link),
        **_each("postlink", _post_link),
        **_each("postpath", _reference),
        **_each("assetpath", lambda call: call.get(word=0)),
        **_each("assetlink", _asset_link),
    },
    "directive": _each(" ".join(TYPES), _callout),
}
CODE = {
    "hugo": frozenset({"highlight", "mermaid"}),
    "zola": frozenset({"highlight", "mermaid"}),
    "liquid": frozenset({"highlight", "codeblock", "code", "mermaid"}),
}
"""Shortcodes whose inner text is code, and none of it is read."""


def _key(name: str) -> str:
    return re.sub(r"[-_]", "", name.lower())


def replacement(dialect: str, name: str) -> Replacement | None:
    """Return what the shortcode of this name becomes, None if nobody knows."""
    key = _key(name)
    if known := DIALECTS[dialect].get(key) or MAPPED.get(key):
        return known
    return next((known for ending, known in ENDINGS.items() if key.endswith(ending)), None)
