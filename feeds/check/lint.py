"""What an author would want to know about a file: found in its text, with line and column.

Pure: nothing but the text is looked at. Whether a link leads anywhere is for the caller,
who knows the other files; `Mention` says what to look for.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate
from typing import NamedTuple

from feeds.check.fields import Source, in_fields
from feeds.check.mojibake import spans
from feeds.check.prose import prose
from feeds.check.references import Reference, Tag, references, tags
from feeds.errors import Problem

MAX_LINES = 20
"""Lines with mojibake that are reported one by one; the last one tells how many follow."""


class Mention(NamedTuple):
    """A link (`link`) or a picture (`image`) in a body, as it is written; 1-based place."""

    kind: str
    name: str
    line: int
    column: int


class Linted(NamedTuple):
    """What is wrong with a file, by line, and what its body refers to."""

    problems: tuple[Problem, ...]
    mentions: tuple[Mention, ...]


Finding = tuple[int, str, str, str]
"""Offset in the file, code, message, hint."""
Place = Callable[[int], tuple[int, int]]
"""Offset in the file → line and column, both 1-based."""


def lint(source: Source) -> Linted:
    """Return the problems of one file that its text alone shows."""
    text = source.text
    starts = [0, *accumulate([len(line) + 1 for line in text.split("\n")])]

    def place(offset: int) -> tuple[int, int]:
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    begin = starts[min(source.body_line, len(starts)) - 1]
    page = text[:begin] + prose(text[begin:], mdx=source.mdx)
    elements = list(tags(page, begin))
    found = references(page, begin, elements)
    findings = [*_active_links(found), *_mojibake(page, place), *_no_text(page, begin)]
    for element in elements:
        findings += _in_element(element)
    problems = [*in_fields(source)]
    for offset, code, message, hint in sorted(findings):
        line, column = place(offset)
        problems.append(
            Problem(
                path=source.key, line=line, column=column, code=code, message=message, hint=hint
            )
        )
    problems.sort(key=lambda problem: (problem.line, problem.column, problem.code))
    return Linted(tuple(problems), tuple(_mentions(found, place)))


_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


def _mentions(found: Iterable[Reference], place: Place) -> Iterator[Mention]:
    """Yield what may lead to a file or page of this site; templates say that only when run."""
    for offset, kind, name in found:
        if name.startswith(("http://", "https://")):
            here = kind == "link"
        else:
            here = name[:1] not in "#?<" and not _SCHEME.match(name)
        if here and "{" not in name and "\n" not in name:
            yield Mention(kind, name, *place(offset))


_DROPPED = re.compile(r"[\x00-\x20\\]+")  # by browsers (URL Standard, 4.4), and by Markdown
_ACTIVE = re.compile(r"(?:java|vb)script:|data:[^,;]*(?:html|xml|script)")


def _active_links(found: Iterable[Reference]) -> Iterator[Finding]:
    for offset, kind, name in found:
        if name.startswith("http") or (":" not in name and "&" not in name):
            continue
        active = _ACTIVE.match(_DROPPED.sub("", html.unescape(name)).lower())
        if active and not (kind == "image" and active[0].startswith("data:image/")):
            message = f"the address is a program ({active[0][:30]}), not a page"
            yield offset, "F045", message, "link to a page: https://…; readers remove such links"


_NO_TEXT = re.compile(r"!\[[ \t\n]*\](?=[(\[])")


def _no_text(page: str, begin: int) -> Iterator[Finding]:
    for found in _NO_TEXT.finditer(page, begin):
        message = "the image has no text for those who cannot see it"
        yield found.start(), "F044", message, "say what it shows: ![a cat asleep](cat.jpg)"


_REMOVED = ("script", "object", "embed", "applet", "form", "iframe", "frame", "frameset")
_HANDLER = re.compile(r"on[a-z]{3,}")
_TEXT = re.compile(r"(?:v-bind)?:?alt|aria-hidden|\{.*")


def _in_element(element: Tag) -> Iterator[Finding]:
    """Yield an image without text, and what readers and we remove with all that depends on it."""
    offset, name, attributes = element
    if name != name.lower():
        return  # a component
    if name == "img" and not any(map(_TEXT.fullmatch, attributes)):
        message = f"<img> {element.text('src')[:60]}".strip() + " has no alt"
        yield offset, "F044", message, 'add alt="what it shows", or alt="" where it only decorates'
    if name in _REMOVED and "json" not in element.text("type"):
        message = f"readers of feeds remove <{name}>: it works on the page alone"
        yield offset, "F046", message, "give them a link beside it"
    for attribute in filter(_HANDLER.fullmatch, attributes):
        message = f"readers of feeds remove {attribute} of <{name}>"
        hint = "make it work without: a link, or <details>"
        yield attributes[attribute][1], "F046", message, hint


def _mojibake(page: str, place: Place) -> Iterator[Finding]:
    """Yield one finding for each line with text that was read in a wrong encoding."""
    lines = {place(span.start)[0]: span for span in reversed(spans(page))}
    for number, first in enumerate(sorted(lines.values())[:MAX_LINES], 1):
        message = f'"{first.found[:30]}" is "{first.repaired[:30]}" read in a wrong encoding'
        if number == MAX_LINES < len(lines):
            message += f"; {len(lines) - number} more lines have such text"
        hint = f'write "{first.repaired[:30]}", or let feeds repair the file'
        yield first.start, "F049", message, hint
