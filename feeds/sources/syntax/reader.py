"""Reads one body from its first sign to its last: see the package."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import cache

from feeds.sources.syntax import components, marks, templates, verbatim
from feeds.sources.syntax.scanner import Read
from feeds.sources.syntax.snippets import repaired

MORE_MARK = "\ue000"
"""A paragraph of its own where the author ended the excerpt; the first such place only."""

# What a text must hold for a syntax to be looked for at all; each alternative begins with one
# sign, which makes one search for all of them quick.
_HINTS = {
    "": rf"@/|<!--|\\[<$]|\$(?=\S[^$]*\$)|{verbatim.ODD_FENCE}",
    "hugo": r"\{\{[<%/]",
    "liquid": r"\{%|\{\{",
    "hexo": r"\{%",
    "zola": r"\{%|\{\{",
    "wikilinks": r"\[\[|==(?=[^\s=])|%%(?=[^%])",
    "kramdown": r"\{:|\[(?=(?i:toc\]|\[_?toc))",
    "admonitions": r"\n(?=[ \t>]*+(?::::|!!!|\?\?\?|===[+!]?[ \t]+[\"])|::\w)"
    r"|\[!(?=[\w-]++[]|])|:(?=[a-z0-9_+-]++:)",
    "mdx": r"<(?=[A-Z>]|/[A-Z>]|[a-z][\w-]*\s[^<>]*?(?:=\s*\{|\{\s*\.\.\.|className=))"
    r"|\n(?=import\b|export\b)"
    r"|\{(?=\s*+(?:/\*|[\"'`]|[A-Za-z_$][\w$]*+(?:[.(\[?]|\s*+(?:&&|\|\||\?\?|\}))))",
}
_EXCERPT = re.compile(r"(?i)\s*(?:(?:end[ _-]?)?excerpt|read[ _-]?more|more|truncate)\s*")


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
    hints, opener = _patterns(syntax)
    unclosed = text.count("```") % 2 or text.count("~~~") % 2
    if unclosed or hints.search(f"\n{text}"):
        return _Reader(text, opener, _readers(syntax)).translated()
    return Translated(text)


class _Reader(templates.Templates, components.Components, marks.Marks):
    """For each sign, what may begin with it."""

    _more = MORE_MARK

    def translated(self) -> Translated:
        """Read the whole text."""
        text = repaired(self.region(0, len(self.text)))[2:]
        ends = [found.start() for found in re.finditer("\n", self.text)]
        lines = ((shown, at, bisect_left(ends, at)) for shown, at in self.unmapped)
        places = sorted((line - 1, at - ends[line - 1], shown) for shown, at, line in lines)
        return Translated(text, tuple((shown, line, column) for line, column, shown in places))

    def escape(self, found: re.Match[str]) -> int:
        """Write signs as entities that CommonMark lets be escaped and Python-Markdown does not."""
        return self.put(*found.span(), f"&#{ord(found[1])};")

    def html_comment(self, found: re.Match[str]) -> int:
        """Read `<!-- text -->`."""
        closed = self.closing("-->", found.end())
        if not closed:
            return 0
        return self.comment(found.start(), closed.end(), self.text[found.end() : closed.start()])

    def comment(self, start: int, end: int, text: str) -> int:
        """Remove a comment; it may be where the excerpt ends."""
        if not _EXCERPT.fullmatch(text) or not self._more or not self.text[:start].strip():
            return self.remove(start, end)
        mark, self._more = self._more, ""
        return self.put(start, end, f"\n\n{mark}\n\n")


_ROWS: tuple[tuple[str, str, re.Pattern[str], Read], ...] = (
    # Syntax, first sign, pattern, reader: tried in this order
    ("", "\\", re.compile(r"\\([<$])"), _Reader.escape),
    ("", "`", verbatim.SPAN, _Reader.span),
    ("", "$", verbatim.MATH, _Reader.math),
    ("", "@", marks.SITE_FILE, _Reader.site_file),
    ("", "<", verbatim.ELEMENT, _Reader.element),
    ("", "<", re.compile("<!--"), _Reader.html_comment),
    ("mdx", "<", components.OPENING, _Reader.opening),
    ("mdx", "<", components.CLOSING, _Reader.closing_tag),
    ("mdx", "<", re.compile("</?>"), _Reader.gone),
    ("hugo", "{", templates.HUGO, _Reader.hugo),
    ("hugo", "{", marks.HIDDEN, _Reader.hidden),
    ("zola", "{", templates.ZOLA, _Reader.zola),
    ("hexo", "{", templates.LIQUID, _Reader.hexo),
    ("liquid", "{", templates.LIQUID, _Reader.liquid),
    ("liquid", "{", templates.OUTPUT, _Reader.output),
    ("kramdown", "{", marks.HIDDEN, _Reader.hidden),
    ("kramdown", "{", marks.ATTRIBUTES, _Reader.attributes),
    ("mdx", "{", components.BRACE, _Reader.expression),
    ("wikilinks", "[", marks.WIKILINK, _Reader.wikilink),
    ("wikilinks", "!", marks.WIKILINK, _Reader.wikilink),
    ("wikilinks", "=", marks.HIGHLIGHT, _Reader.highlight),
    ("wikilinks", "%", marks.HIDDEN, _Reader.hidden),
    ("admonitions", ":", marks.EMOJI, _Reader.emoji),
    ("", "\n", verbatim.FENCE, _Reader.fence),
    ("mdx", "\n", components.STATEMENT, _Reader.statement),
    ("admonitions", "\n", marks.CONTAINER, _Reader.container),
    ("admonitions", "\n", marks.ADMONITION, _Reader.admonition),
    ("admonitions", "\n", marks.ALERT, _Reader.alert),
    ("kramdown", "\n", marks.CONTENTS, _Reader.gone),
    ("", "\n", verbatim.INDENTED, _Reader.indented_code),
)


@cache
def _patterns(syntax: frozenset[str]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return what tells that there is something to do, and where something may begin."""
    hints = "|".join(_HINTS[name] for name in sorted({"", *syntax}))
    return re.compile(hints), re.compile(f"{verbatim.STEPS}|{hints}")


@cache
def _readers(syntax: frozenset[str]) -> dict[str, list[tuple[re.Pattern[str], Read]]]:
    """Return the readers of these syntaxes by the sign that they begin with."""
    readers: dict[str, list[tuple[re.Pattern[str], Read]]] = {}
    for name, sign, pattern, read in _ROWS:
        if name in {"", *syntax}:
            readers.setdefault(sign, []).append((pattern, read))
    return readers
