"""Reads one body from its first sign to its last: see the package."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, cached_property

from feeds.sources.syntax import marks, verbatim
from feeds.sources.syntax.calls import Call
from feeds.sources.syntax.components import Components
from feeds.sources.syntax.scanner import Tag
from feeds.sources.syntax.shortcodes import TYPES, replacement
from feeds.sources.syntax.snippets import (
    APART,
    callout,
    capitalised,
    indented,
    name_link,
    repaired,
)
from feeds.sources.syntax.templates import Templates

MORE_MARK = "\ue000"
"""A paragraph of its own where the author ended the excerpt; the first such place only."""

# What a text must hold for a syntax to be looked for at all; each begins with one sign, which
# makes one search for all of them quick.
_HINTS = {
    "": r"@/|<!--|\\[<$]|\$(?=\S[^$]*\$)",
    "hugo": r"\{\{[<%/]",
    "liquid": r"\{%|\{\{",
    "hexo": r"\{%",
    "zola": r"\{%|\{\{",
    "wikilinks": r"\[\[|==(?=[^\s=])|%%",
    "kramdown": r"\{:|\n[ \t]*\[(?i:toc\]|\[_?toc)",
    "admonitions": r"\n(?=[ \t>]*+(?::::|!!!|\?\?\?)|::\w)|\[!(?=[\w-]++[]|])|:(?=[a-z0-9_+-]++:)",
    "mdx": r"<(?=[A-Z>])|=\{|\{\.\.\.|className=|\n(?=import\b|export\b)"
    r"|\{(?=\s*+(?:/\*|[\"'`]|[A-Za-z_$][\w$]*+(?:[.(\[?]|\s*+(?:&&|\|\||\?\?|\}))))",
}
_ODD_FENCE = re.compile(
    r"\n(?:[ \t>]++(?:```|~~~)|````|~~~~"
    r"|(?:```|~~~)(?:[^\n`]*[^\w\n`~+#. \t-]|[ \t]*+[^\s`]++[ \t]++\S))"
)
_OPENER = re.compile(
    r"\\[^\w\s]|`|<(?=[A-Za-z/!>])|\{(?=\s*+\S)|\$(?=\S)|\[(?=[!\[])|!(?=\[\[)"
    r"|:(?=//|[a-z0-9_+-]++:)|==(?=[^\s=])|%%(?=[^%])|@/"
    r"|\n(?=[ \t>]*+(?:```|~~~|:::|!!!|\?\?\?|::\w|import\b|export\b|\[(?i:toc|\[_?toc)"
    r"|(?:[-*+]|\d{1,9}[.)])[ \t]++(?:```|~~~)|\n(?: {4}| {0,3}\t)))"
)
_URL_REST = re.compile(r"://[^\s<>()\[\]{}\"'`]*+")


@dataclass(frozen=True, slots=True)
class Translated:
    """A body without foreign syntax.

    Attributes:
        text: Markdown with HTML. Links to posts by name begin with `NAME_LINK`.
        unmapped: What was removed although it may have shown something: its name as the author
            knows it, line and column, both from 1, in the text as given.
    """

    text: str
    unmapped: tuple[tuple[str, int, int], ...] = ()


def translate(text: str, syntax: frozenset[str]) -> Translated:
    """Replace what only a site's generator understands.

    Args:
        text: Markdown as written, with `\\n` at the ends of lines.
        syntax: Of "hugo", "liquid", "hexo", "zola", "mdx", "wikilinks", "kramdown",
            "admonitions".
    """
    hints = _hints(syntax)
    # The first line is like all others: after a line end.
    if hints.search(text) or hints.match(f"\n{text[:200]}") or _has_odd_fence(text):
        return _Reader(text, syntax).translated()
    return Translated(text)


@cache
def _hints(syntax: frozenset[str]) -> re.Pattern[str]:
    return re.compile("|".join(_HINTS[name] for name in sorted({"", *syntax})))


def _has_odd_fence(text: str) -> bool:
    ticks, tildes = text.count("```"), text.count("~~~")
    if not ticks and not tildes:
        return False
    return bool(ticks % 2 or tildes % 2 or _ODD_FENCE.search(f"\n{text}"))


class _Reader(Templates, Components):
    """For each sign, what may begin with it."""

    def __init__(self, text: str, syntax: frozenset[str]) -> None:
        super().__init__(text, _OPENER, "mdx" in syntax)
        self._syntax = syntax
        self._more = MORE_MARK
        self._spans = verbatim.Spans(self.text)
        self.readers = {
            "\\": self._escape,
            "`": self._span,
            "<": self._angle,
            "{": self._brace,
            "$": self._dollar,
            "[": self._bracket,
            "!": self._wikilink,
            ":": self._colon,
            "=": self._marked,
            "%": self._remark,
            "@": self._site_file,
            "\n": self._line,
        }
        self._braces = self.templates(syntax)
        if "kramdown" in syntax:
            self._braces.append(("{:", self._attributes))
        if "mdx" in syntax:
            self._braces.append(("{", self.expression))
        self._lines: list[Callable[[int], int]] = [self._fence, self.statement]
        if "admonitions" in syntax:
            self._lines += [self._container, self._leaf, self._admonition]
        if "kramdown" in syntax:
            self._lines.append(self._contents)
        self._lines.append(self._indented)

    def translated(self) -> Translated:
        """Read the whole text."""
        text = repaired(self.region(0, len(self.text)))[2:]
        places = sorted(self.unmapped, key=lambda found: found[1])
        return Translated(text, tuple((shown, *self.place(at)) for shown, at in places))

    # Single signs

    def _escape(self, pos: int) -> int:
        sign = self.text[pos + 1]
        # Signs that CommonMark lets be escaped and Python-Markdown does not.
        return self.put(pos, pos + 2, f"&#{ord(sign)};") if sign in "<$" else pos + 2

    def _span(self, pos: int) -> int:
        after = pos
        while after < self.end and self.text[after] == "`":
            after += 1
        closing = self._spans.closing(pos, after - pos)
        return closing if closing and closing <= self.end else after

    def _angle(self, pos: int) -> int:
        if not self.text.startswith("<!--", pos):
            return self.html_tag(pos)
        end = self.find("-->", pos + 4)
        return self.comment(pos, end + 3, self.text[pos + 4 : end]) if end >= 0 else 0

    def comment(self, start: int, end: int, text: str) -> int:
        """Remove a comment; it may be where the excerpt ends."""
        if not marks.EXCERPT.fullmatch(text) or not self._more or not self.text[:start].strip():
            return self.remove(start, end)
        mark, self._more = self._more, ""
        return self.put(start, end, f"\n\n{mark}\n\n")

    def _brace(self, pos: int) -> int:
        for prefix, reader in self._braces:
            if self.text.startswith(prefix, pos) and (after := reader(pos)):
                return after
        return 0

    def _attributes(self, pos: int) -> int:
        found = marks.ATTRIBUTES.match(self.text, pos, self.end)
        if not found:
            return 0
        if found[0].startswith("{::comment"):
            return self.remove_through(pos, "{:/comment}") or found.end()
        if marks.KEPT_ATTRIBUTES.match(found[0]):
            return found.end()
        if re.match(r"\{:\s*toc\b", found[0]):
            self.trim(pos, marks.LIST_BEFORE)
        return self.put(pos, found.end(), "")

    def _dollar(self, pos: int) -> int:
        found = verbatim.math(self.text, pos, self.end)
        return self.put(pos, *found) if found else 0

    def _colon(self, pos: int) -> int:
        if rest := _URL_REST.match(self.text, pos, self.end):
            return rest.end()
        found = marks.emoji(self.text, pos, self.end) if "admonitions" in self._syntax else None
        return self.put(pos, *found) if found else 0

    def _site_file(self, pos: int) -> int:
        if self.text[pos - 1] not in "(<\"'" and not self.text.startswith("]: ", pos - 3):
            return 0
        found = marks.SITE_FILE.match(self.text, pos, self.end)
        return self.put(pos, found.end(), name_link(found[0][2:])) if found else 0

    def _bracket(self, pos: int) -> int:
        return self._alert(pos) if self.text[pos + 1] == "!" else self._wikilink(pos)

    def _alert(self, pos: int) -> int:
        found = marks.ALERT.match(self.text, pos, self.end)
        line = self.text.rfind("\n", 0, pos) + 1
        quoted = marks.QUOTED.fullmatch(self.text, line, pos)
        if not found or not quoted or self.deep or "admonitions" not in self._syntax:
            return 0
        title = self.region(*found.span(2)).strip() or capitalised(found[1])
        quote = re.sub(r"[^>\t]", " ", quoted[0]).rstrip()
        if marks.AFTER_QUOTE.search(self.text, max(0, line - 2000), line):
            return self.put(line, found.end(), f"{APART}\n\n{quoted[0]}**{title}**\n{quote}")
        return self.put(pos, found.end(), f"**{title}**\n{quote}")

    # What only notes have

    def _wikilink(self, pos: int) -> int:
        if "wikilinks" not in self._syntax:
            return 0
        found = marks.wikilink(self.text, pos, self.end, self._references)
        return self.put(pos, *found) if found else 0

    def _marked(self, pos: int) -> int:
        found = marks.MARKED.match(self.text, pos, self.end)
        if not found or "wikilinks" not in self._syntax or self.deep:
            return 0
        inner = self.region(found.start(1), found.end(1), self.margin)
        return self.put(pos, found.end(), f"<mark>{inner}</mark>")

    def _remark(self, pos: int) -> int:
        if "wikilinks" not in self._syntax or re.match(r"[\w%]", self.text[pos - 1]):
            return 0
        return self.remove_through(pos, "%%")

    @cached_property
    def _references(self) -> frozenset[str]:
        return frozenset(re.findall(r"\n {0,3}\[([^\[\]\n]++)\]:", self.text))

    # Lines; `pos` is the line end before

    def _line(self, pos: int) -> int:
        for reader in self._lines:
            if after := reader(pos):
                return after
        return 0

    def _fence(self, pos: int) -> int:
        found = verbatim.fence(self.text, pos, self.end)
        if not found:
            return 0
        after, written = found
        return after if written == self.text[pos:after] else self.put(pos, after, written)

    def _indented(self, pos: int) -> int:
        if self.within:
            return 0
        return verbatim.indented(self.text, pos, self.end, self.margin) or 0

    def _contents(self, pos: int) -> int:
        found = marks.CONTENTS.match(self.text, pos, self.end)
        return self.put(pos, found.end(), "\n") if found else 0

    def _container(self, pos: int) -> int:
        found = marks.COLONS.match(self.text, pos, self.end)
        if not found:
            return 0
        start, key = found.end(1), found[2]
        if not found[3]:
            return self.close(start, found.end(), key) if self.is_open(key) else 0
        name = found[3].removeprefix("callout-")
        known = replacement("directive", name)
        if not known and not self.closed_after(key, found.end()):
            return 0
        call = Call.read(name, found[5] or "")
        title = (found[4] or found[6] or "").strip()
        if title.lower() in TYPES:
            call = replace(call, words=(title,))
        elif title:
            call = replace(call, named={**call.named, "title": title})
        return self.open(start, found.end(), Tag(key, call, known, f":::{name}", kept=True))

    def _leaf(self, pos: int) -> int:
        found = marks.LEAF.match(self.text, pos, self.end)
        if not found:
            return 0
        name, call = found[2], Call.read(found[2], found[4])
        if found[3]:
            call = replace(call, named={"title": found[3], **call.named})
        tag = Tag("", call, replacement("directive", name), f"::{name}")
        return self.open(found.end(1), found.end(), tag)

    def _admonition(self, pos: int) -> int:
        found = marks.ADMONITION.match(self.text, pos, self.end)
        if not found or self.deep:
            return 0
        margin = len(found[1]) + 4
        after = verbatim.indented_lines(self.text, found.end(), self.end, margin)
        if after == found.end() and not found[3]:
            return 0
        inner = self.region(found.end(), after, margin)
        written = callout(found[3] or capitalised(found[2]), inner)
        return self.put(pos + 1, after, indented(written, found[1]))
