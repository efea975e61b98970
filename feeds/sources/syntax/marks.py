"""Signs that Markdown has learnt from its renderers → plain Markdown: each is one pattern.

kramdown's attributes, callouts, wikilinks, emoji: see docs of kramdown, GitHub, Obsidian,
Docusaurus (directives) and Python-Markdown (admonitions).
"""

from __future__ import annotations

import re
from functools import cache
from urllib.parse import quote

from feeds.sources.syntax.snippets import (
    escape_markdown,
    image,
    is_image,
    is_media,
    link,
    name_link,
)

_END = r"[ \t]*+(?=\n|\Z)"

ATTRIBUTES = re.compile(
    r"""\{:(?:[:/][^{}\n]*+
    |[ \t]*+(?:[.#][\w:-]++|[\w-]++=(?:"[^"\n]*+"|'[^'\n]*+'|[^\s"'{}]++)|(?:no_)?toc\b|refdef:)
     (?:[ \t]*+(?:"[^"\n]*+"|'[^'\n]*+'|[^\s"'{}]++))*+[ \t]*+)\}""",
    re.VERBOSE,
)
"""A kramdown attribute list or extension tag."""

KEPT_ATTRIBUTES = re.compile(r"\{:[^:/](?:[^}]*\s)?(?:title=|lang=)|\{:[ \t]*#|\{:[^:/][^}]*\s#\w")
"""One that Python-Markdown's attr_list makes something of that readers see."""

LIST_BEFORE = re.compile(r"(?:\A|(?<=\n))[ \t]*(?:[-*+]|\d+[.)])[ \t]+[^\n]*\n[ \t]*\Z")
CONTENTS = re.compile(rf"\n[ \t]*+(?i:\[toc\]|\[\[_?toc_?\]\]){_END}")
COLONS = re.compile(
    r"""\n([ \t>]*+)(:{3,})[ \t]*+
    (?:\{?\.?([A-Za-z][\w-]*+)(?:\[([^\]\n]*+)\])?[ \t]*+(?:\{?([^{}\n]*+)\})?[ \t]*+([^{}\n]*+))?
    (?=\n|\Z)""",
    re.VERBOSE,
)
"""`:::name[title]{attributes} title`, or `:::` alone."""

LEAF = re.compile(rf"\n([ \t>]*+)::([A-Za-z][\w-]*+)(?:\[([^\]\n]*+)\])?\{{([^{{}}\n]*+)\}}{_END}")
ADMONITION = re.compile(
    rf'\n([ \t]*+)(?:!!!|\?\?\?\+?)[ \t]++([\w-]++)[\w \t-]*+(?:"([^"\n]*+)")?{_END}'
)
ALERT = re.compile(r"\[!([\w-]++)(?:\|[^\]\n]*+)?\][+-]?[ \t]*+([^\n]*+)")
QUOTED = re.compile(r"[ \t]*+(?:(?:[-*+]|\d{1,9}[.)])[ \t]++)?(?:>[ \t]*+)++")
AFTER_QUOTE = re.compile(r"\n[ \t]*+>[^\n]*+\n(?:[ \t]*+\n)++\Z")
EXCERPT = re.compile(r"(?i)\s*(?:(?:end[ _-]?)?excerpt|read[ _-]?more|more|truncate)\s*")
MARKED = re.compile(r"(?<![\w=])==([^\s=][^=\n]*+(?:=(?!=)[^=\n]*+)*+)(?<!\s)==(?![\w=])")
SITE_FILE = re.compile(r"@/(?=[^\s()\"'<>#]*\.mdx?\b)[^\s()\"'<>]++")
_WIKILINK = re.compile(r"!?\[\[(?![ \t])([^\[\]\n|]*+)(?:\|([^\[\]\n]*+))?\]\](?!\(|\[(?!\[))")
_EMOJI = re.compile(r":[a-z0-9_+-]++:(?![\w:])")


def wikilink(text: str, pos: int, end: int, references: frozenset[str]) -> tuple[int, str] | None:
    """Return what the wikilink or embed at `pos` becomes, and where it ends."""
    found = _WIKILINK.match(text, pos, end)
    if not found or not found[1].strip() or found[1] in references:
        return None
    target, shown = found[1].rstrip("\\").strip(), (found[2] or "").strip()
    path, _, heading = target.partition("#")
    name = path.rpartition("/")[2]
    if found[0][0] == "!" and is_image(path):
        return found.end(), _embedded(path, shown)
    default = escape_markdown(" > ".join(part for part in [name, *heading.split("#")] if part))
    if is_image(path) or is_media(path):
        return found.end(), link(shown or default, quote(path))
    return found.end(), link(shown or default, name_link(target)) if path else shown or default


def _embedded(path: str, shown: str) -> str:
    alt, _, size = shown.rpartition("|")
    if not re.fullmatch(r"\d+(?:x\d+)?", size):
        alt, size = shown, ""
    return image(quote(path), alt, size=size)


def emoji(text: str, pos: int, end: int) -> tuple[int, str] | None:
    """Return the emoji whose name stands at `pos`, and where it ends."""
    found = _EMOJI.match(text, pos, end)
    if not found or re.match(r"[\w/:]", text[pos - 1]):
        return None
    known = _gemoji().get(found[0])
    return (found.end(), known) if known else None


@cache
def _gemoji() -> dict[str, str]:
    from pymdownx import gemoji_db  # noqa: PLC0415 - 6 ms that few sites need

    names = {**gemoji_db.emoji, **{k: gemoji_db.emoji[v] for k, v in gemoji_db.aliases.items()}}
    return {
        name: "".join(chr(int(code, 16)) for code in written.split("-"))
        for name, about in names.items()
        if (written := about.get("unicode_alt") or about.get("unicode"))
    }
