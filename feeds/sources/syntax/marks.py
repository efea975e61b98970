"""Signs that Markdown has learnt from its renderers → plain Markdown.

kramdown's attributes, callouts, wikilinks, emoji: see docs of kramdown, GitHub, Obsidian,
Docusaurus (directives) and Python-Markdown (admonitions).
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cached_property
from urllib.parse import quote

from feeds.sources.syntax.calls import Call
from feeds.sources.syntax.scanner import Tag
from feeds.sources.syntax.shortcodes import TYPES, replacement
from feeds.sources.syntax.snippets import (
    APART,
    IMAGE,
    MEDIA,
    callout,
    capitalised,
    escape_markdown,
    image,
    indented,
    link,
    name_link,
)
from feeds.sources.syntax.verbatim import Verbatim

_END = r"[ \t]*+(?=\n|\Z)"
_MARKER = r"(?:[-*+]|\d{1,9}[.)])[ \t]++"

ATTRIBUTES = re.compile(
    r"""\{:(?:[:/][^{}\n]*+
    |[ \t]*+(?:[.#][\w:-]++|[\w-]++=(?:"[^"\n]*+"|'[^'\n]*+'|[^\s"'{}]++)|(?:no_)?toc\b|refdef:)
     (?:[ \t]*+(?:"[^"\n]*+"|'[^'\n]*+'|[^\s"'{}]++))*+[ \t]*+)\}""",
    re.VERBOSE,
)
"""A kramdown attribute list or extension tag."""

HIDDEN = re.compile(r"\{::comment\}|(?<![\w%])%%(?=[^%])|\{\{/\*")
CONTENTS = re.compile(
    r"(?i)\n[ \t]*+(?:\[toc\]|\[\[_?toc_?\]\]"
    rf"|{_MARKER}[^\n]*\n[ \t]*+\{{:\s*toc\b[^}}\n]*\}}){_END}"
)
CONTAINER = re.compile(
    r"""\n([ \t>]*+)(:{2,})[ \t]*+
    (?:\{?\.?([A-Za-z][\w-]*+)(?:\[([^\]\n]*+)\])?[ \t]*+(?:\{?([^{}\n]*+)\})?[ \t]*+([^{}\n]*+))?
    (?=\n|\Z)""",
    re.VERBOSE,
)
"""`:::name[title]{attributes} title`, or `:::` alone; `::name{attributes}` holds nothing."""

ADMONITION = re.compile(
    r'\n([ \t]*+)(?:(?:!!!|\?\?\?\+?)[ \t]++([\w-]++)[\w \t-]*+(?:"([^"\n]*+)")?'
    rf'|===[+!]?[ \t]++"([^"\n]++)"){_END}'
)
ALERT = re.compile(
    rf"\n([ \t]*+(?:{_MARKER})?(?:>[ \t]*+)++)\[!([\w-]++)(?:\|[^\]\n]*+)?\][+-]?[ \t]*+([^\n]*+)"
)
HIGHLIGHT = re.compile(r"(?<![\w=])==([^\s=][^=\n]*+(?:=(?!=)[^=\n]*+)*+)(?<!\s)==(?![\w=])")
SITE_FILE = re.compile(r"(?:(?<=[(<\"'])|(?<=\]: ))@/(?=[^\s()\"'<>#]*\.mdx?\b)([^\s()\"'<>]++)")
WIKILINK = re.compile(r"!?\[\[(?![ \t])([^\[\]\n|]*+)(?:\|([^\[\]\n]*+))?\]\](?!\(|\[(?!\[))")
EMOJI = re.compile(r"(?<![\w/:]):[a-z0-9_+-]++:(?![\w:])")

# What Python-Markdown's attr_list makes something of that readers see.
_KEPT = re.compile(r"\{:[^:/](?:[^}]*\s)?(?:title=|lang=)")
_ICON = re.compile(r":(?:material|fontawesome|octicons|simple)-[\w-]+:")
_AFTER_QUOTE = re.compile(r"\n[ \t]*+>[^\n]*+\n(?:[ \t]*+\n)++\Z")


class Marks(Verbatim):
    """Reads what renderers have added to Markdown."""

    def attributes(self, found: re.Match[str]) -> int:
        """Remove a kramdown attribute list."""
        return found.end() if _KEPT.match(found[0]) else self.put(*found.span(), "")

    def hidden(self, found: re.Match[str]) -> int:
        """Remove a comment of kramdown's, Obsidian's or Hugo's."""
        closers = {"%%": "%%", "{:": "{:/comment}", "{{": "*/}}"}
        closed = self.closing(closers[found[0][:2]], found.end())
        return self.remove(found.start(), closed.end()) if closed else 0

    def gone(self, found: re.Match[str]) -> int:
        """Remove what shows nothing of its own: the place of a table of contents, `<>`."""
        return self.put(*found.span(), "\n" if found[0].startswith("\n") else "")

    def container(self, found: re.Match[str]) -> int:
        """Begin or end a directive."""
        start, key, name = found.end(1), found[2], found[3]
        if not name:
            return self.close(start, found.end(), key) if self.is_open(key) else 0
        name = name.removeprefix("callout-")
        known = replacement("directive", name)
        if not (found[5] if key == "::" else known or self.closing(key, found.end())):
            return 0
        call = Call.read(name, found[5] or "")
        title = (found[4] or found[6] or "").strip()
        if title.lower() in TYPES:
            call = replace(call, words=(title,))
        elif title:
            call = replace(call, named={**call.named, "title": title})
        tag = Tag("" if key == "::" else key, call, known, f"{key[:3]}{name}")
        return self.open(start, found.end(), tag)

    def admonition(self, found: re.Match[str]) -> int:
        """Replace `!!! note "Title"` and what is indented below it."""
        margin = len(found[1]) + 4
        after = self.indented_lines(found.end(), margin)
        title = found[3] or found[4]  # `=== "Tab"`, of tabs, is read like a callout
        if self.deep or (after == found.end() and not title):
            return 0
        inner = self.region(found.end(), after, margin)
        written = callout(title or capitalised(found[2]), inner)
        return self.put(found.start() + 1, after, indented(written, found[1]))

    def alert(self, found: re.Match[str]) -> int:
        """Replace the first line of a callout in a quote: `> [!NOTE] Title`."""
        if self.deep:
            return 0
        start = found.start() + 1
        title = self.region(*found.span(3)).strip() or capitalised(found[2])
        quoted = re.sub(r"[^>\t]", " ", found[1]).rstrip()
        follows = _AFTER_QUOTE.search(self.text, max(0, start - 2000), start)
        apart = f"{APART}\n\n" if follows else ""
        return self.put(start, found.end(), f"{apart}{found[1]}**{title}**\n{quoted}")

    def highlight(self, found: re.Match[str]) -> int:
        """Replace `==marked==` text."""
        if self.deep:
            return 0
        inner = self.region(*found.span(1), self.margin)
        return self.put(*found.span(), f"<mark>{inner}</mark>")

    def wikilink(self, found: re.Match[str]) -> int:
        """Replace `[[a link]]` or `![[an embed]]`."""
        if not found[1].strip() or found[1] in self._references:
            return 0
        target, shown = found[1].rstrip("\\").strip(), (found[2] or "").strip()
        path, _, heading = target.partition("#")
        if found[0][0] == "!" and IMAGE.search(path):
            size = re.search(r"(?:\A|\|)(\d+)(?:x(\d+))?\Z", shown)
            alt = shown[: size.start()] if size else shown
            sides = size.groups("") if size else ()
            return self.put(*found.span(), image(quote(path), alt, *sides))
        parts = [path.rpartition("/")[2], *heading.split("#")]
        text = shown or escape_markdown(" > ".join(filter(None, parts)))
        is_file = IMAGE.search(path) or MEDIA.search(path)
        address = quote(path) if is_file or not path else name_link(target)
        return self.put(*found.span(), link(text, address))

    @cached_property
    def _references(self) -> frozenset[str]:
        return frozenset(re.findall(r"\n {0,3}\[([^\[\]\n]++)\]:", self.text))

    def site_file(self, found: re.Match[str]) -> int:
        """Replace Zola's `@/posts/a.md`."""
        return self.put(*found.span(), name_link(found[1]))

    def emoji(self, found: re.Match[str]) -> int:
        """Replace `:rocket:`."""
        from pymdownx import gemoji_db  # noqa: PLC0415 - 6 ms that few sites need

        about = gemoji_db.emoji.get(gemoji_db.aliases.get(found[0], found[0]), {})
        points = about.get("unicode_alt") or about.get("unicode") or ""
        written = "".join(chr(int(point, 16)) for point in points.split("-") if point)
        return self.put(*found.span(), written) if written or _ICON.match(found[0]) else 0
