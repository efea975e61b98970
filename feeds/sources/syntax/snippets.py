"""Pieces of Markdown and HTML that foreign syntax becomes."""

from __future__ import annotations

import html
import re
import textwrap
from urllib.parse import quote

NAME_LINK = "https://name.invalid/"
"""What a link to a post by its file's name is until documents are made (RFC 2606: never a host)."""

# No XML may hold these two, so no text that is published does.
GONE = "\uffff"
"""An expression in a link whose value nobody knows."""
APART = "\ufffe"
"""Alone on a line: Markdown must not make one quote of what stands before and after it."""

IMAGE = re.compile(r"(?i)\.(?:apng|avif|bmp|gif|jfif|jpe?g|png|svg|webp)\Z")
MEDIA = re.compile(r"(?i)\.(?:m4v|mov|mp4|ogv|webm|m4a|mp3|oga|ogg|wav|flac|pdf)\Z")

_MARKDOWN = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_[]<"})
_ATTRIBUTE = str.maketrans(
    {sign: f"&#{ord(sign)};" for sign in "\\`*_[]{}$~^|"} | {"\n": " ", "\t": " "}
)
_INLINE = (
    (re.compile(r"(?<!!)\[([^\[\]\n]+)\]\(([^()\s]+)\)"), r'<a href="\2">\1</a>'),
    (re.compile(r"\*\*([^*\n]+)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])"), r"<em>\1</em>"),
)
_GONE_LINK = re.compile(
    r"(!?)\[((?:!\[[^\[\]\n]*+\]\([^()\n]*+\)|[^\[\]\n])*+)\]"
    rf"\([^()\n{GONE}]*+{GONE}[^()\n]*+\)"
)
_GONE_ATTRIBUTE = re.compile(rf"""\s(?:href|src)=(["'])[^"'{GONE}\n]*+{GONE}[^"'\n]*+\1""")
_BEFORE_NAME = re.compile(rf"""(?<=[("'<])(?:https?:/)?/[^\s()"'<>]*?(?={re.escape(NAME_LINK)})""")
_APART = (
    re.compile(rf"^([ \t]*+){APART}\n((?:[ \t]*+\n)*+)(?=[ \t]*+>)", re.MULTILINE),
    re.compile(rf"^([ \t]*+>[ \t>]*+){APART}\n((?:[ \t>]*+\n)*+)(?=\1>)", re.MULTILINE),
)


def escape_attribute(value: str) -> str:
    """Escape for an HTML attribute that Markdown is read around."""
    return html.escape(html.unescape(value)).translate(_ATTRIBUTE)


def escape_markdown(text: str) -> str:
    """Escape what Markdown would read as more than text."""
    return text.translate(_MARKDOWN)


def capitalised(kind: str) -> str:
    """Return `note` as a title: `Note`."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).replace("-", " ").split()
    return " ".join(words).capitalize()


def link(text: str, url: str) -> str:
    """Return a Markdown link; only the text where the URL is empty."""
    url = quote(url.strip(), safe="/:?#[]@!$&'*+,;=%~-._")
    return f"[{text or url}]({url})" if url else text


def anchor(text: str, url: str) -> str:
    """Return a link with plain text that is read within HTML, too."""
    return f'<a href="{escape_attribute(url)}">{escape_markdown(text)}</a>' if url else ""


def name_link(reference: str) -> str:
    """Return the address of the post of this name: `posts/a.md#part`."""
    path, _, fragment = reference.strip().partition("#")
    path = re.sub(r"\A(?:\.{0,2}/)+", "", path)
    tail = f"#{quote(fragment)}" if fragment else ""
    return f"{NAME_LINK}{quote(path)}{tail}" if path else tail


def image(src: str, alt: str = "", *size: str) -> str:
    """Return an image, with width and height in pixels; its description without an address."""
    if not src:
        return alt
    sides = "".join(
        f' {name}="{side}"'
        for name, side in zip(("width", "height"), size, strict=False)
        if side.isdigit()
    )
    return f'<img src="{escape_attribute(src)}" alt="{escape_attribute(alt)}"{sides}>'


def figure(picture: str, caption: str) -> str:
    """Return a figure in one line; of Markdown, the caption may have links and emphasis."""
    for pattern, replacement in _INLINE:
        caption = pattern.sub(replacement, caption)
    caption = " ".join(caption.split())
    return f"\n\n<figure>{picture}<figcaption>{caption}</figcaption></figure>\n\n"


def fence(code: str, language: str = "") -> str:
    """Return a fenced code block whose fence no line of the code ends."""
    longest = max((len(run) for run in re.findall("`{3,}", code)), default=2)
    ticks = "`" * (longest + 1)
    return f"\n\n{ticks}{language}\n{code.strip(chr(10))}\n{ticks}\n\n"


def callout(title: str, inner: str) -> str:
    """Return a block quote that begins with the title in bold: every reader shows that."""
    return quotation(f"**{title.strip()}**\n\n{trimmed(inner)}")


def quotation(text: str) -> str:
    """Return a block quote of its own."""
    lines = trimmed(text).split("\n")
    quoted = "\n".join(f"> {line}" if line.strip() else ">" for line in lines)
    return f"\n\n{quoted}\n\n{APART}\n\n"


def trimmed(text: str) -> str:
    """Return a text without the lines around it and the indentation of all of it."""
    return dedent(text).rstrip(f" \t\n{APART}").lstrip("\n")


def dedent(text: str) -> str:
    """Remove the indentation that all lines share but what stands right after a tag."""
    first = text.find("\n") + 1 if text[:1].strip() else 0
    return text[:first] + textwrap.dedent(text[first:])


def indented(text: str, indent: str) -> str:
    """Indent all lines but the first, which already is; a quote's lines are marked already."""
    if not indent or ">" in indent:
        return text
    return re.sub(r"\n(?=[^\n])", f"\n{indent}", text)


def repaired(text: str) -> str:
    """Take away links to what nobody knows, and keep quotes apart."""
    if GONE in text:
        text = _GONE_LINK.sub(lambda found: "" if found[1] else found[2], text)
        text = _GONE_ATTRIBUTE.sub("", text).replace(GONE, "")
    if APART in text:
        for pattern in _APART:
            text = pattern.sub(r"\1<!-- -->\n\2", text)
        text = re.sub(rf"[ \t>]*{APART}\n\n?", "", text).replace(APART, "")
    return _BEFORE_NAME.sub("", text) if NAME_LINK in text else text
