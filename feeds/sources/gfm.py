"""Markdown as GitHub and CommonMark read it → as Python-Markdown does.

Three differences matter to what people write: lists nest by the column of their text, not
by four; lists and tables may follow a paragraph without a blank line; and between blank
lines an HTML block holds Markdown (CommonMark 0.31, 4.6 and 5.2; GFM, 4.10).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_HINT = re.compile(
    r"(?m)^[ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]|^[ \t>]*\|?[ \t]*:?-+:?[ \t]*\||^[ ]{0,3}<\w"
)
_MARKER = re.compile(r"([-*+]|\d{1,9}[.)])([ \t]+|\Z)")
_FENCE = re.compile(r"(`{3,}|~{3,})")
_RULE = re.compile(r"(?:[-*_][ \t]*){3,}\Z")
_TABLE = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*\Z")
_OPENING = re.compile(r" {0,3}<(div|details|section|article|aside|figure|center|main)\b([^<>]*)>")
_OTHER_BLOCK = re.compile(r"[#>|<]|\[\^?[^\]]+\]:|:[ \t]")


def as_python_markdown(text: str) -> str:
    """Return Markdown that Python-Markdown renders as GitHub would."""
    if not _HINT.search(text):
        return text
    return "\n".join(_Lines().of(_with_markdown(text).split("\n")))


def _with_markdown(text: str) -> str:
    """Mark the HTML blocks that hold Markdown: a blank line follows their opening lines."""
    if "<" not in text:
        return text

    def mark(found: re.Match[str]) -> str:
        name, attributes = found[1], found[2]
        rest = text[found.end() : found.end() + 400]
        blank = re.match(r"[ \t]*(?:\n<summary>[^\n]*)?[ \t]*\n[ \t]*\n", rest)
        if not blank or "markdown" in attributes or attributes.endswith("/"):
            return found[0]
        return f'<{name} markdown="1"{attributes}>' if balanced(name) else found[0]

    counts: dict[str, bool] = {}

    def balanced(name: str) -> bool:
        if name not in counts:
            opened = len(re.findall(rf"<{name}\b", text))
            counts[name] = opened == text.count(f"</{name}>")
        return counts[name]

    return re.sub(rf"(?m)^{_OPENING.pattern}", mark, text)


class _Lines:
    """Reads line by line; holds the columns at which the text of open list items begins."""

    def __init__(self) -> None:
        self.columns: list[int] = []
        self.fence = ""
        self.shift = 0
        self.paragraph = False
        self.apart = self.second = self.blank = False

    def of(self, lines: list[str]) -> Iterator[str]:
        """Yield the lines with lists indented by fours."""
        number = 0
        while number < len(lines):
            line = lines[number].expandtabs(4) if "\t" in lines[number][:8] else lines[number]
            quoted = not self.fence and not self.columns and line.startswith(">")
            if quoted:
                end = number
                while end < len(lines) and lines[end].startswith(">"):
                    end += 1
                inner = [re.sub(r"^> ?", "", item) for item in lines[number:end]]
                yield from (f"> {item}".rstrip(" ") or ">" for item in _Lines().of(inner))
                number, self.paragraph = end, False
                continue
            following = lines[number + 1] if number + 1 < len(lines) else ""
            yield from self._line(line, following)
            number += 1

    def _line(self, line: str, following: str) -> Iterator[str]:
        content = line.lstrip(" ")
        indent = len(line) - len(content)
        if self.fence:
            yield from self._in_fence(line, content, indent)
        elif not content:
            self.paragraph = self.apart = False
            self.blank = True
            yield line
        else:
            marker = _MARKER.match(content)
            if marker and _RULE.match(content):
                marker = None
            before = len(self.columns)
            self._close(indent, marker is not None)
            relative = indent - (self.columns[-1] if self.columns else 0)
            ended = self.apart and before and content[0] != ">"
            if ended or (marker and self.second):
                yield ""  # Python-Markdown ends neither fences, code nor quotes at the next item
            self.apart = False
            self.second = self.second and not marker and bool(self.columns)
            if marker and relative <= 3:
                yield from self._item(marker, content, indent, inside=before > 0)
            else:
                yield from self._text(content, indent, relative, following)

    def _in_fence(self, line: str, content: str, indent: int) -> Iterator[str]:
        closes = content.startswith(self.fence) and not content.strip(self.fence[0]).strip()
        if closes or (self.fence == "</pre>" and self.fence in content):
            self.fence, self.apart = "", bool(self.columns)
        moved = max(indent + self.shift, 0)
        yield " " * moved + content if content else line

    def _close(self, indent: int, marker: bool) -> None:
        """End the items that a line with this indent is not in; plain text may trail on."""
        while self.columns and indent < self.columns[-1] and (marker or not self.paragraph):
            self.columns.pop()

    def _item(
        self, marker: re.Match[str], content: str, indent: int, *, inside: bool
    ) -> Iterator[str]:
        depth = len(self.columns)
        interrupts = not marker[1][0].isdigit() or marker[1][:-1] == "1"
        if self.paragraph and not inside:
            if not interrupts:
                yield " " * indent + content
                return
            yield ""
        width = len(marker[2]) if 0 < len(marker[2]) <= 4 else 1
        self.columns.append(indent + len(marker[1]) + width)
        rest = content[marker.end() :]
        if fence := _FENCE.match(rest):
            self.fence, self.shift = fence[1], 4 * (depth + 1) - self.columns[-1]
        self.paragraph, self.blank = bool(rest), False
        yield " " * (4 * depth) + content

    def _text(self, content: str, indent: int, relative: int, following: str) -> Iterator[str]:
        depth = len(self.columns)
        moved = 4 * depth + (relative if relative > 3 else 0) if depth else indent
        if depth and relative < 0:
            moved = indent  # a lazy continuation
        if fence := _FENCE.match(content) if relative <= 3 else None:
            self.fence, self.shift = fence[1], moved - indent
        starts_table = "|" in content and "|" in following and _TABLE.match(following.strip())
        if self.paragraph and (starts_table or (depth and content[0] == ">")):
            yield ""
        self.second = self.second or (bool(depth) and self.blank)
        self.blank = False
        self.apart = bool(depth) and (content[0] == ">" or (relative > 3 and not self.paragraph))
        if content.startswith("<pre") and "</pre>" not in content:
            self.fence, self.shift = "</pre>", moved - indent
        self.paragraph = not (self.apart or starts_table or fence or _OTHER_BLOCK.match(content))
        yield " " * moved + content
