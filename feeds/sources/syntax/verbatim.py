"""What no dialect reads: code, HTML tags, mathematics. Where it ends, and how Markdown gets it.

Fences are written as pymdownx.superfences accepts them: a language and nothing after it, a closing
line like the opening one, no line of code left of them.
"""

from __future__ import annotations

import re
from bisect import bisect_right

_FENCE = re.compile(r"\n([ \t>]*+)((?:(?:[-*+]|\d{1,9}[.)])[ \t]++)*+)(`{3,}|~{3,})([^\n]*+)")
_PLAIN_INFO = re.compile(r"[ \t]*[\w+#.-]*[ \t]*")
_LANGUAGE = re.compile(r"[ \t]*+(?:\{[ \t]*+\.?(?=[A-Za-z][\w+#.-]*+[\s,}])|\.)?([\w+#.-]*+)(?!=)")
_UNQUOTED = re.compile(r"\n(?![ \t]*+>)")
_QUOTE = re.compile(r"[ \t]*(?:>[ \t]?)+")
_BREAK = re.compile(r"\n(?=[ \t>]*+(?:\n|`{3}|~{3}|\Z))")
_TICKS = re.compile(r"``*+")
_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)]|:|\[\^[^\]\n]+\]:)[ \t]")
_ATTRIBUTE = r"""[\w:@.-]++(?:\s*+=\s*+(?:"[^"{}]*+"|'[^'{}]*+'|[^\s"'=<>`{}]++))?+"""
_TAG = re.compile(
    rf"</?[A-Za-z][\w:-]*+(?:\s++{_ATTRIBUTE})*+\s*+/?>|<[A-Za-z][\w+.-]*+:[^\s<>{{}}]*+>"
)
_MATH = re.compile(
    r"""\$\$(?!\$)(?:[^$`\\\n]|\\.|\n(?![ \t]*+\n)|\$(?!\$))++\$\$(?!\$)
    |\$(?![\s$])(?:[^$`\\\n]|\\.|\n(?![ \t]*+\n))++(?<!\s)\$(?![\w$])""",
    re.VERBOSE,
)
_NO_MATH = re.compile(r"\]\(|://|\*\*|\{[{%]|</|\A\$\d[\d.,]*[kKMB]?(?:\s+[a-z]{2,}|\s*[-–]|,\s)")
_ENTITIES = str.maketrans(
    {chr(sign): f"&#{sign};" for sign in range(33, 127) if not chr(sign).isalnum()}
)


def fence(text: str, pos: int, end: int) -> tuple[int, str] | None:
    """Return where the fenced code whose line begins after `pos` ends, and all of it."""
    found = _FENCE.match(text, pos, end)
    if not found or (found[3][0] == "`" and "`" in found[4]):
        return None
    prefix, marker, ticks, about = found.groups()
    if ">" in prefix and (outside := _UNQUOTED.search(text, found.end(), end)):
        end = outside.start()
    closing = re.compile(rf"\n[ \t>]*+[{ticks[0]}]{{{len(ticks)},}}+[ \t]*+(?=\n|\Z)")
    closed = closing.search(text, found.end(), end)
    start, stop = found.end(), closed.start() if closed else end
    after = closed.end() if closed else end
    if marker:  # In a list's own line: superfences reads none there, whatever it looks like.
        return after, text[pos:after]
    language = _LANGUAGE.match(about)
    if not _PLAIN_INFO.fullmatch(about):
        about = language[1] if language else ""
    lines = [_aligned(line, prefix) for line in text[start:stop].split("\n")[1:]]
    return after, "\n".join([f"\n{prefix}{ticks}{about}", *lines, prefix + ticks])


def _aligned(line: str, prefix: str) -> str:
    if line.startswith(prefix) or not line.strip():
        return line
    if ">" not in prefix:
        return prefix + line.lstrip(" \t")
    quote = _QUOTE.match(line)
    if quote and quote[0].count(">") == prefix.count(">"):
        return prefix + line[quote.end() :] if line[quote.end() :].strip() else line
    return line


class Spans:
    """Code spans of one text (CommonMark, 6.1): a run of backticks to the next run as long."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._end = -1
        self._runs: dict[int, list[int]] = {}

    def closing(self, pos: int, length: int) -> int | None:
        """Return the end of the span that the run at `pos` opens; each paragraph is read once."""
        if pos >= self._end:
            paragraph = _BREAK.search(self._text, pos)
            self._end = paragraph.start() if paragraph else len(self._text)
            self._runs = {}
            for run in _TICKS.finditer(self._text, pos, self._end):
                self._runs.setdefault(len(run[0]), []).append(run.start())
        runs = self._runs.get(length, [])
        index = bisect_right(runs, pos)
        return runs[index] + length if index < len(runs) else None


def indented(text: str, pos: int, end: int, margin: int) -> int | None:
    """Return where the indented code after the blank line after `pos` ends, if it is code."""
    after = indented_lines(text, pos, end, margin + 4)
    if after == pos:
        return None
    # What is indented under a list item, a term or a footnote is a paragraph of it.
    for line in _block_before(text, pos):
        if _ITEM.match(line) or len(line) - len(line.lstrip(" \t")) > margin:
            return None
    return after


def indented_lines(text: str, pos: int, end: int, margin: int) -> int:
    """Return where the lines after `pos` end that are indented as far as `margin`."""
    lines = re.compile(
        rf"(?:\n[ \t]*+(?=\n|\Z)|\n(?: {{{margin}}}|[ \t]{{0,{margin - 4}}}\t)[^\n]*+)*+"
    )
    found = lines.match(text, pos, end)
    return pos + len(found[0].rstrip()) if found else pos


def _block_before(text: str, pos: int) -> tuple[str, ...]:
    """Return the first and the last line of the block that ends before `pos`."""
    last = first = ""
    while pos > 0 and not first:
        start = text.rfind("\n", 0, pos) + 1
        line, pos = text[start:pos], start - 1
        if line.strip():
            first = last = line
    for _ in range(50):
        start = text.rfind("\n", 0, max(pos, 0)) + 1
        line, pos = text[start : max(pos, 0)], start - 1
        if not line.strip():
            break
        first = line
    return first, last


def tag(text: str, pos: int, end: int) -> int | None:
    """Return where the HTML tag or the address in angle brackets at `pos` ends."""
    found = _TAG.match(text, pos, end)
    return found.end() if found else None


def math(text: str, pos: int, end: int) -> tuple[int, str] | None:
    """Return the mathematics at `pos` with each sign as an entity: Markdown reads none of it.

    The rule is pandoc's (tex_math_dollars); what looks like two prices is none.
    """
    found = _MATH.match(text, pos, end)
    if not found or (found[0][:2] != "$$" and _NO_MATH.search(found[0])):
        return None
    return found.end(), found[0].translate(_ENTITIES)
