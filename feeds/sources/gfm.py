"""Markdown as GitHub and CommonMark read it → as Python-Markdown does.

What differs in what people write: lists nest by the column of their text, not by four; lists,
tables, fences and quotes need no blank line around them; between blank lines an HTML block
holds Markdown; a backslash ends a line; braces and unknown tags are text (CommonMark 0.31,
4.5, 4.6, 5.2 and 6.7; GFM, 4.10).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

TAB = "\ue001"
"""Stands for a tab in code, which Python-Markdown would make into spaces."""

_MARKER = re.compile(r"([-*+]|\d{1,9}[.)])([ \t]+|\Z)")
_FENCE = re.compile(r"(`{3,}|~{3,})")
_RULE = re.compile(r"(?:[-*_][ \t]*){3,}\Z")
_TABLE = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*\Z")
_HOLDERS = "div details section article aside figure center main td th li ul ol table tr blockquote"
_OPENING = re.compile(
    rf"<({'|'.join(_HOLDERS.split())})\b([^<>]*)>[ \t]*(<summary>.*</summary>)?\Z"
)
_INLINE = r"(?!/?(?:a|b|i|u|s|em|strong|img|span|code|kbd|sub|sup|small|font|br)\b)"
_OTHER_BLOCK = re.compile(rf"[#>|]|<{_INLINE}|\[\^?[^\]]+\]:|:[ \t]")
_CODE_SPAN = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")
_BRACES = re.compile(r"\{(?![:#.%{]|\s*[\w-]+=)(?=[^{}\n]*\}[\s|]*\Z)")
_TAG = re.compile(r"<(?=/?([A-Za-z][\w-]*)(?![\w:@.+-]*[:@]))(?=[^<>]*>)")
_NAMES = frozenset(
    """a abbr acronym address applet area article aside audio b base bdi bdo big blink blockquote
    body br button canvas caption center cite code col colgroup data datalist dd del details
    dfn dialog dir div dl dt em embed fieldset figcaption figure font footer form frame
    frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img input ins kbd label
    legend li link main map mark marquee math menu meta meter nav nobr noscript object ol
    optgroup option output p param path picture pre progress q rp rt ruby s samp script
    section select slot small source span strike strong style sub summary sup svg table tbody
    td template textarea tfoot th thead time title tr track tt u ul var video wbr""".split()
)
_LABEL = re.compile(r"(?m)^ {0,3}\[([^\[\]\n]*`[^\[\]\n]*)\]:[ \t]*(\S+)")
_RAW_LINK = re.compile(r"(<a\b[^<>]*>)(https?):(?=//)")


def as_python_markdown(text: str) -> str:
    """Return Markdown that Python-Markdown renders as GitHub would."""
    return "\n".join(_Lines().of(_with_labels(text).split("\n")))


def _with_labels(text: str) -> str:
    """Write out references whose label holds code: code is read first here, links there."""
    if "`]: " not in text and "`]:" not in text:
        return text
    for label, url in _LABEL.findall(text):
        short = re.compile(rf"(?<!\])\[{re.escape(label)}\](?:\[\])?(?![\[(:])")
        text = short.sub(lambda found, to=f"[{label}]({url})": to, text)  # type: ignore[misc]
    return text


class _Lines:
    """Reads line by line; holds the columns at which the text of open list items begins."""

    def __init__(self) -> None:
        self.columns: list[int] = []
        self.markers: list[tuple[int, bool]] = []
        self.fence = ""
        self.fenced_at = self.shift = 0
        self.paragraph = self.apart = self.second = self.blank = self.quoted = False

    def of(self, lines: list[str]) -> Iterator[str]:
        """Yield the lines with lists indented by fours and blocks set apart."""
        number = 0
        while number < len(lines):
            line = lines[number]
            if self.fence:
                yield from self._in_fence(line)
            elif line.startswith(">") and not self.columns:
                end = number
                while end < len(lines) and lines[end].startswith(">"):
                    end += 1
                yield from self._quote(lines[number:end])
                number = end
                continue
            else:
                line = line.expandtabs(4) if "\t" in line else line
                yield from self._line(line, lines[number + 1 : number + 6])
            number += 1

    def _quote(self, lines: list[str]) -> Iterator[str]:
        if self.quoted and self.blank:
            yield from ("<!-- -->", "")  # two quotes, which Python-Markdown would make one
        elif self.apart:
            yield ""
        inner = [re.sub(r"^> ?", "", item) for item in lines]
        yield from (f"> {item}".rstrip(" ") for item in _Lines().of(inner))
        self.paragraph = self.apart = self.blank = False
        self.quoted = True

    def _line(self, line: str, following: list[str]) -> Iterator[str]:
        content = line.lstrip(" ")
        indent = len(line) - len(content)
        if not content:
            self.paragraph = self.apart = False
            self.blank = True
            yield line
            return
        self.quoted = False
        marker = _MARKER.match(content)
        if marker and _RULE.match(content):
            marker = None
        before = len(self.columns)
        self._close(indent, marker)
        relative = indent - (self.columns[-1] if self.columns else 0)
        if (self.apart and content[0] != ">") or (marker and self.second):
            yield ""  # Python-Markdown ends neither fences, code nor quotes there
        self.apart = False
        self.second = self.second and not marker and bool(self.columns)
        if marker and relative <= 3:
            yield from self._item(marker, content, indent, inside=before > 0)
        else:
            yield from self._text(content, indent, relative, following)

    def _in_fence(self, line: str) -> Iterator[str]:
        content = line.lstrip(" \t")
        lead = len(line[: len(line) - len(content)].expandtabs(4))
        closes = content.startswith(self.fence) and not content.strip(self.fence[0]).strip()
        if (closes and lead - self.fenced_at <= 3) or (
            self.fence == "</pre>" and self.fence in content
        ):
            self.apart = self.fence != "</pre>"
            self.fence = ""
            yield " " * max(lead + self.shift, 0) + content
            return
        moved = line
        if self.shift > 0:
            moved = " " * self.shift + line
        elif self.shift < 0:
            moved = line[min(-self.shift, len(line) - len(line.lstrip(" "))) :]
        yield moved.replace("\t", TAB)

    def _close(self, indent: int, marker: re.Match[str] | None) -> None:
        """End the items that a line with this indent is not in; plain text may trail on."""
        while self.columns and indent < self.columns[-1] and (marker or not self.paragraph):
            at, numbered = self.markers[-1]
            if marker and numbered and not marker[1][0].isdigit() and indent >= at + 2:
                return  # bullets that are set in under `10.`, though not as far as its text
            self.columns.pop()
            self.markers.pop()

    def _item(
        self, marker: re.Match[str], content: str, indent: int, *, inside: bool
    ) -> Iterator[str]:
        depth = len(self.columns)
        numbered = marker[1][0].isdigit()
        if self.paragraph and not inside:
            if numbered and marker[1][:-1] != "1":
                yield " " * indent + content
                return
            yield ""
        width = len(marker[2]) if 0 < len(marker[2]) <= 4 else 1
        self.columns.append(indent + len(marker[1]) + width)
        self.markers.append((indent, numbered))
        rest = content[marker.end() :]
        if fence := _FENCE.match(rest):
            self.fence, self.fenced_at = fence[1], self.columns[-1]
            self.shift = 4 * (depth + 1) - self.columns[-1]
        self.paragraph, self.blank = bool(rest), False
        sign = marker[1][:-1] + "." if numbered else marker[1]
        yield " " * (4 * depth) + sign + marker[2] + _prose(rest)

    def _text(
        self, content: str, indent: int, relative: int, following: list[str]
    ) -> Iterator[str]:
        depth = len(self.columns)
        moved = 4 * depth + (relative if relative > 3 else 0) if depth else indent
        if depth and relative < 0:
            moved = indent  # a lazy continuation
        fence = _FENCE.match(content) if relative <= 3 else None
        if fence:
            self.fence, self.fenced_at, self.shift = fence[1], indent, moved - indent
        starts_table = "|" in content and bool(following) and _TABLE.match(following[0].strip())
        if self.paragraph and (starts_table or fence or (depth and content[0] == ">")):
            yield ""
        self.second = self.second or (bool(depth) and self.blank)
        code = relative > 3 and not self.paragraph
        self.blank = False
        self.apart = bool(depth) and (content[0] == ">" or code)
        if content.startswith("<pre") and "</pre>" not in content:
            self.fence, self.shift = "</pre>", 0
        self.paragraph = not (code or starts_table or fence or _OTHER_BLOCK.match(content))
        yield " " * moved + (content if code or fence else _prose(_opened(content, following)))


def _opened(content: str, following: list[str]) -> str:
    """Mark an HTML block that holds Markdown: a blank line follows its opening lines."""
    found = _OPENING.match(content) if content[0] == "<" else None
    if found is None or "markdown" in found[2] or found[2].endswith("/"):
        return content
    for line in following:
        if not line.strip():
            return f'<{found[1]} markdown="block"{content[len(found[1]) + 1 :]}'
        if not re.match(r"\s*<[a-z]", line) and "</summary>" not in line:
            break
    return content


def _prose(content: str) -> str:
    """Return a line of text in which only what CommonMark means is markup."""
    if content.endswith("\\") and not content.endswith("\\\\"):
        content = content[:-1] + "  "
    if content[:1] == "#" and re.match(r"#{1,6}[^#\s]", content):
        content = "\\" + content
    if "<" not in content and "}" not in content:
        return content
    return _outside_code(content, _literal)


def _literal(text: str) -> str:
    text = _BRACES.sub(r"\\{", _RAW_LINK.sub(r"\1\2&#58;", text))
    return _TAG.sub(_named, text)


def _named(found: re.Match[str]) -> str:
    """Keep a tag that HTML knows, or that is a custom element; others are words in brackets."""
    return "<" if found[1].lower() in _NAMES or "-" in found[1] else "&lt;"


def _outside_code(content: str, change: Callable[[str], str]) -> str:
    if "`" not in content:
        return change(content)
    parts, place = [], 0
    for span in _CODE_SPAN.finditer(content):
        parts += [change(content[place : span.start()]), span[0]]
        place = span.end()
    return "".join([*parts, change(content[place:])])
