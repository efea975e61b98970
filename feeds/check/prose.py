"""What of a body is prose: the same text with all code blanked, every character in its place.

A check that looks at prose alone never mistakes an example for the thing itself, and
line and column of what it finds are those of the file.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from string import ascii_letters

# Every alternative begins with a literal: `re` then skips to those characters at once.
_OPENING = re.compile(
    r"""``*|~~~~*|<!--|<(?P<tag>(?i:pre|code|script|style|textarea))\b[^<>]*>|\{/\*"""
    r"""|\{%-?\s*(?P<block>highlight|raw|verbatim|comment|codeblock)\b"""
    r"""|\{\{[<%]\s*(?P<shortcode>highlight|comment|code)\b"""
)
_BEFORE_FENCE = re.compile(r"(?:[ \t>]|[-*+][ \t]|[0-9]{1,9}[.)][ \t])*+\Z")
_BLANK_LINE = re.compile(r"\n[ \t>]*\n")
_INDENTED = re.compile(r"\n[ \t]*\n(?: {4}| {0,3}\t)[ \t]*\S")
_LIST_LIKE = re.compile(
    r"([ \t]*)(?:[-*+]|[0-9]{1,9}[.)]|:|\[\^[^\]\n]+\]:|!!!|\?\?\?\+?|===)[ \t]+\S"
)


def prose(text: str, *, mdx: bool = False) -> str:
    """Return `text` with code and comments blanked by spaces of equal length.

    Code is what fences of any indentation, backticks, `<pre>`, `<code>`, `<script>`,
    highlighting tags and, except in MDX, indentation make. What is opened and never
    closed is no code, as for the renderer; nothing is looked for twice, so time grows
    with the length of the text.
    """
    kept, place = list[str](), 0
    for start, end in _code(text):
        kept += text[place:start], _blank(text[start:end])
        place = end
    if place:
        text = "".join(kept) + text[place:]
    if mdx or not ("\n    " in text or "\n\t" in text or text[:1] in (" ", "\t")):
        return text
    return _without_indented(text) if _INDENTED.search("\n\n" + text) else text


def _blank(code: str) -> str:
    if "\n" not in code:
        return " " * len(code)
    return "\n".join([" " * len(line) for line in code.split("\n")])


def _code(text: str) -> Iterator[tuple[int, int]]:
    """Yield where code begins and ends, in order."""
    ends, place = _Ends(text), 0
    while found := _OPENING.search(text, place):
        place = found.end()
        mark = found[0]
        if mark[0] not in "`~":
            span = ends.pair(found)
        elif len(mark) < 3:
            span = ends.ticks(found.start(), mark)
        else:
            span = ends.fence(found.start(), mark) or ends.ticks(found.start(), mark)
        if span is not None:
            yield span
            place = span[1]


class _Ends:
    """Finds where code ends that begins at a place of one text; remembers what never ends."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.unclosed: set[str] = set()
        self.runs: dict[int, list[int]] | None = None
        self.paragraph = 0

    def fence(self, start: int, mark: str) -> tuple[int, int] | None:
        """Return a block between lines of three or more backticks or tildes."""
        text, line = self.text, self.text.rfind("\n", 0, start) + 1
        rest = text.find("\n", start)
        if rest < 0 or not _BEFORE_FENCE.match(text, line, start):
            return None
        if mark[0] in text[start + len(mark) : rest] or mark in self.unclosed:
            return None
        if (found := _closing_fence(mark).search(text, rest)) is None:
            self.unclosed.add(mark)
            return None
        return start, found.end()

    def ticks(self, start: int, mark: str) -> tuple[int, int] | None:
        """Return code between runs of equally many backticks in one paragraph."""
        if mark[0] == "~" or self.text[start - 1 : start] == "\\":
            return None
        after = start + len(mark)
        end = self.text.find(mark, after, after + 200)  # most code is short and on one line
        closed = end > after and self.text[end + len(mark) : end + len(mark) + 1] != "`"
        if closed and "\n" not in self.text[after:end]:
            return start, end + len(mark)
        if self.runs is None:
            self.runs = defaultdict(list)
            for run in re.finditer("``*", self.text):
                self.runs[run.end() - run.start()].append(run.start())
        if start >= self.paragraph:
            blank = _BLANK_LINE.search(self.text, start)
            self.paragraph = blank.start() if blank else len(self.text)
        runs = self.runs[len(mark)]
        following = bisect_left(runs, start + 1)
        if following == len(runs) or runs[following] >= self.paragraph:
            return None
        return start, runs[following] + len(mark)

    def pair(self, found: re.Match[str]) -> tuple[int, int] | None:
        """Return what an element, a comment or a tag of a template encloses."""
        closing = _closing(found)
        if closing in self.unclosed:
            return None
        if (end := re.compile(closing).search(self.text, found.end())) is None:
            self.unclosed.add(closing)
            return None
        # The tag of an element stays: its attributes are looked at.
        return (found.end(), end.start()) if found["tag"] else (found.start(), end.end())


@cache
def _closing_fence(mark: str) -> re.Pattern[str]:
    return re.compile(rf"\n[ \t>]*{mark[0]}{{{len(mark)},}}[ \t]*(?=\n|\Z)")


def _closing(found: re.Match[str]) -> str:
    """Return the pattern of what ends an opening that is neither fence nor backticks."""
    if found["tag"]:
        return rf"(?i)</{found['tag'].lower()}\s*>"
    if found["block"]:
        return rf"\{{%-?\s*end{found['block'].lower()}\b[^%]*%\}}"
    if found["shortcode"]:
        return rf"\{{\{{[<%]\s*/\s*{found['shortcode'].lower()}\b[^}}]*\}}\}}"
    return "-->" if found[0] == "<!--" else r"\*/\}"


def _without_indented(text: str) -> str:
    """Return `text` without lines that are code by their indentation.

    Such a block follows a blank line; below an item of a list, a definition or a
    footnote it needs four columns more, and after a line of HTML it is more HTML.
    """
    lines, needed, after_blank, code, markup = text.split("\n"), 4, True, False, False
    for number, line in enumerate(lines):
        bare, indent = line.lstrip(), 0
        if not bare:
            after_blank = True
            continue
        if len(bare) < len(line):
            indent = len(line[: len(line) - len(bare)].expandtabs(4))
        if code := indent >= needed and (code or (after_blank and not markup)):
            lines[number] = " " * len(line)
        elif bare[0] not in _TEXT and (item := _LIST_LIKE.match(line)):
            needed = len(item[1].expandtabs(4)) + 8
        elif indent == 0 and after_blank:
            needed = 4
        after_blank = False
        if not code:
            markup = bare[0] == "<"
    return "\n".join(lines)


_TEXT = frozenset(ascii_letters)
"""With these no item of a list begins."""
