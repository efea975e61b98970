"""What no dialect reads: code and mathematics. Where it ends, and how Markdown gets it.

Fences are written as pymdownx.superfences accepts them: a language and nothing after it, a closing
line like the opening one, no line of code left of them.
"""

from __future__ import annotations

import re

from feeds.sources.syntax.scanner import Scanner

_ATTRIBUTE = r"""[\w:@.-]++(?:\s*+=\s*+(?:"[^"{}]*+"|'[^'{}]*+'|[^\s"'=<>`{}]++))?+"""
STEPS = "|".join(
    (
        r"\\[^\w\s]|`|\$(?=\S)|://[^\s<>()\[\]{}\"'`]*+",
        rf"</?[A-Za-z][\w:-]*+(?:\s++{_ATTRIBUTE})*+\s*+/?>|<[A-Za-z][\w+.-]*+:[^\s<>{{}}]*+>",
        r"\n(?=[ \t>]*+(?:(?:[-*+]|\d{1,9}[.)])[ \t]++)*+(?:```|~~~)"
        r"|[ \t]*+\n(?: {4}| {0,3}\t)|[ \t]*+(?:(?:[-*+]|\d{1,9}[.)])[ \t]++)?>[ \t>]*\[!"
        r"|[ \t]*(?:\[(?i:toc|\[_?toc)|(?:[-*+]|\d+[.)])[ \t][^\n]*\n[ \t]*\{:))|!(?=\[\[)",
    )
)
"""Where nothing foreign begins (escapes, addresses, HTML tags, code), and lines to look at."""

ODD_FENCE = (
    r"\n(?=[ \t>]++(?:```|~~~)|````|~~~~"
    r"|(?:```|~~~)(?:[^\n`]*[^\w\n`~+#. \t-]|[ \t]*+[^\s`]++[ \t]++\S))"
)
"""A fence that may have to be written otherwise."""

FENCE = re.compile(r"\n([ \t>]*+)((?:(?:[-*+]|\d{1,9}[.)])[ \t]++)*+)(`{3,}(?![^\n]*`)|~{3,})(.*)")
INDENTED = re.compile(r"\n[ \t]*+\n(?: {4}| {0,3}\t)")
ELEMENT = re.compile(r"(?i)<(pre|code|script|style|textarea)\b[^<>]*+>")
SPAN = re.compile(r"`++")
MATH = re.compile(
    r"""\$\$(?!\$)(?:[^$`\\\n]|\\.|\n(?![ \t]*+\n)|\$(?!\$))++\$\$(?!\$)
    |\$(?![\s$])(?:[^$`\\\n]|\\.|\n(?![ \t]*+\n))++(?<!\s)\$(?![\w$])""",
    re.VERBOSE,
)

_PLAIN_INFO = re.compile(r"[ \t]*[\w+#.-]*[ \t]*")
_LANGUAGE = re.compile(r"[ \t]*+(?:\{[ \t]*+\.?(?=[A-Za-z][\w+#.-]*+[\s,}])|\.)?([\w+#.-]*+)(?!=)")
_UNQUOTED = re.compile(r"\n(?![ \t]*+>)")
_QUOTE = re.compile(r"[ \t]*(?:>[ \t]?)+")
_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)]|:|\[\^[^\]\n]+\]:)[ \t]")
_NO_MATH = re.compile(r"\]\(|://|\*\*|\{[{%]|</|\A\$\d[\d.,]*[kKMB]?(?:\s+[a-z]{2,}|\s*[-–]|,\s)")
_ENTITIES = str.maketrans(
    {chr(sign): f"&#{sign};" for sign in range(33, 127) if not chr(sign).isalnum()}
)


class Verbatim(Scanner):
    """Steps over code and mathematics."""

    def fence(self, found: re.Match[str]) -> int:
        """Step over fenced code, written as Markdown needs it."""
        prefix, marker, ticks, about = found.groups()
        end = self.end
        if ">" in prefix and (outside := _UNQUOTED.search(self.text, found.end(), end)):
            end = outside.start()
        closing = re.compile(rf"\n[ \t>]*+[{ticks[0]}]{{{len(ticks)},}}+[ \t]*+(?=\n|\Z)")
        closed = closing.search(self.text, found.end(), end)
        after = closed.end() if closed else end
        if marker:  # In a list's own line: superfences reads none there, whatever it looks like.
            return after
        language = _LANGUAGE.match(about)
        if not _PLAIN_INFO.fullmatch(about):
            about = language[1] if language else ""
        inner = self.text[found.end() : closed.start() if closed else end]
        lines = [_aligned(line, prefix) for line in inner.split("\n")[1:]]
        written = "\n".join([f"\n{prefix}{ticks}{about}", *lines, prefix + ticks])
        same = written == self.text[found.start() : after]
        return after if same else self.put(found.start(), after, written)

    def span(self, found: re.Match[str]) -> int:
        """Step over a code span (CommonMark, 6.1): to the next run as long in the paragraph."""
        ticks = rf"(?<!`)`{{{len(found[0])}}}(?!`)"
        closing = re.compile(rf"{ticks}|\n(?=[ \t>]*+(?:\n|`{{3}}|~{{3}}|\Z))")
        closed = closing.search(self.text, found.end(), self.end)
        return closed.end() if closed and closed[0] != "\n" else found.end()

    def indented_code(self, found: re.Match[str]) -> int:
        """Step over indented code; what belongs to a list item, a term or a footnote is none."""
        pos = found.start()
        block = self.text[max(0, pos - 2000) : pos].rstrip().rpartition("\n\n")[2].split("\n")
        no_code = self.within or any(
            _ITEM.match(line) or len(line) - len(line.lstrip(" \t")) > self.margin
            for line in (block[0], block[-1])
        )
        return 0 if no_code else self.indented_lines(pos, self.margin + 4)

    def indented_lines(self, pos: int, margin: int) -> int:
        """Return where the lines after `pos` end that are indented as far as `margin`."""
        lines = re.compile(
            rf"(?:\n[ \t]*+(?=\n|\Z)|\n(?: {{{margin}}}|[ \t]{{0,{margin - 4}}}\t)[^\n]*+)*+"
        )
        found = lines.match(self.text, pos, self.end)
        return pos + len(found[0].rstrip()) if found else pos

    def element(self, found: re.Match[str]) -> int:
        """Step over an element whose content is no Markdown."""
        closed = self.closing(f"</{found[1]}", found.end())
        return closed.end() if closed else 0

    def math(self, found: re.Match[str]) -> int:
        """Write each sign of mathematics as an entity: Markdown reads none of it.

        The rule is pandoc's (tex_math_dollars); what looks like two prices is none.
        """
        if found[0][:2] != "$$" and _NO_MATH.search(found[0]):
            return 0
        return self.put(*found.span(), found[0].translate(_ENTITIES))


def _aligned(line: str, prefix: str) -> str:
    """Return a line of code that is not left of its fence."""
    if line.startswith(prefix) or not line.strip():
        return line
    if ">" not in prefix:
        return prefix + line.lstrip(" \t")
    quote = _QUOTE.match(line)
    if quote and quote[0].count(">") == prefix.count(">") and line[quote.end() :].strip():
        return prefix + line[quote.end() :]
    return line
