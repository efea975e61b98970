"""What of a body is prose: the same text with all code blanked, every character in its place.

A check that looks at prose alone never mistakes an example for the thing itself, and
line and column of what it finds are those of the file.
"""

from __future__ import annotations

import re

# Every alternative begins with a literal: `re` then skips to those characters at once.
_OPENER = re.compile(
    r"\\(?:[\\<]|`++)|`(?P<code>)[^`\n]++`(?!`)|``*+|<!--|\{/\*"
    r"|<(?P<tag>(?i:pre|code|script|style|textarea))\b[^<>]*+>"
    r"|\{%-?\s*+(?P<block>highlight|raw|verbatim|comment)\b"
    r"|\{\{[<%]\s*+(?P<shortcode>highlight|comment|code)\b"
    r"|\n[ \t>\d*+.)-]*+(?P<fence>`{3,}+(?![^\n]*`)|~{3,}+)"
)
_MAX_TICKS = 8  # of code in a line; each number may mean one more look at the paragraph
# What may have indented text within: an item, a definition, a footnote, an admonition, HTML.
_CONTAINER = re.compile(
    r"[ \t]*+(?:(?:[-*+:]|\d{1,9}[.)]|\[\^[^\]\n]++\]:|!!!|\?\?\?\+?|===)[ \t]|<)"
)


def prose(text: str, *, mdx: bool = False) -> str:
    """Return `text` with code and comments blanked by spaces of equal length.

    Code is what fences, backticks, `<pre>`, `<code>`, `<script>`, highlighting tags and,
    except in MDX, indentation make. A pair that is never closed is no code, a fence goes on
    to the end; nothing is looked for twice, so time grows with the length of the text.
    """
    text = f"\n{text}"  # the first line is like all others: after a line end
    kept, done, place, unclosed = list[str](), 0, 0, set[str]()
    while found := _OPENER.search(text, place):
        place = found.end()
        if found.lastgroup == "code":  # most is on one line
            start, end = found.start() + 1, place - 1
            kept += text[done:start], " " * (end - start)
            done = end
            continue
        closer = _closer(found)
        if closer is None or closer in unclosed:
            continue
        if (closed := re.compile(closer).search(text, place)) is None:
            unclosed.add(closer)
        elif closed.lastgroup is None:
            kept += text[done:place], _blank(text[place : closed.start()])
            done, place = closed.span()
    text = "".join((*kept, text[done:]))
    indented = not mdx and ("\n    " in text or "\n\t" in text)
    return _without_indented(text[1:]) if indented else text[1:]


def _closer(found: re.Match[str]) -> str | None:
    """Return a pattern of what ends the code that an opener begins; None: it begins none."""
    kind, mark = found.lastgroup, found[found.lastgroup or 0]
    if mark[0] in "<{":
        return "-->" if mark[0] == "<" else r"\*/\}"
    if kind == "fence":
        return rf"\n[ \t>]*+{mark}{mark[0]}*+[ \t]*+(?![^\n])|\Z"
    if kind:
        return rf"(?i)(?:</|\{{%-?\s*end|\{{\{{[<%]\s*/\s*){mark.lower()}\b"
    if mark[0] == "\\" or len(mark) > _MAX_TICKS:
        return None
    return rf"{mark}(?!`)(?<!`{mark})|\n(?P<paragraph>[ \t>]*+)(?![^\n])"


def _blank(code: str) -> str:
    return "\n".join([" " * len(line) for line in code.split("\n")])


def _without_indented(text: str) -> str:
    """Return `text` without blocks of lines that are code by their indentation."""
    lines, needed, apart, code = text.split("\n"), 4, True, False
    for number, line in enumerate(lines):
        bare = line.lstrip()
        indent = len(line[: len(line) - len(bare)].expandtabs(4))
        if bare and (code := indent >= needed and (code or apart)):
            lines[number] = " " * len(line)
        elif _CONTAINER.match(line):
            needed = indent + 8
        elif bare and not indent and apart:
            needed = 4
        apart = not bare
    return "\n".join(lines)
