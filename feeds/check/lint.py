"""What an author would want to know about a file: found in its text, with line and column.

Pure: nothing but the text is looked at. Whether a link leads anywhere is for the caller,
who knows the other files; `Mention` says what to look for.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from feeds.check.fields import Source, in_fields
from feeds.check.mojibake import spans
from feeds.check.prose import prose
from feeds.check.references import Reference, Tag, references, tags
from feeds.errors import Problem

__all__ = ["Linted", "Mention", "Source", "lint"]

MAX_LINES = 20
"""Lines with mojibake that are reported one by one; the last one tells how many follow."""


class Mention(NamedTuple):
    """A link (`link`) or a picture (`image`) in a body, as it is written; 1-based place."""

    kind: str
    name: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Linted:
    """What is wrong with a file, by line, and what its body refers to."""

    problems: tuple[Problem, ...]
    mentions: tuple[Mention, ...]


Finding = tuple[int, str, str, str]
"""Offset in the file, code, message, hint."""


def lint(source: Source) -> Linted:
    """Return the problems of one file that its text alone shows."""
    begin = _offset(source.text, source.body_line)
    page = source.text[:begin] + prose(source.text[begin:], mdx=source.mdx)
    elements = list(tags(page, begin)) if "<" in page else []
    found = references(page, begin, elements)
    findings = [*_active_links(found), *_mojibake(page)]
    findings += _without_text(page, source.text, begin, elements)
    for element in elements:
        findings += _removed(element)
    places = _Places(page)
    problems = [*in_fields(source)]
    problems += (_problem(source.key, places, finding) for finding in sorted(findings))
    problems.sort(key=lambda problem: (problem.line, problem.column, problem.code))
    return Linted(tuple(problems), tuple(_mentions(found, places)))


def _offset(text: str, line: int) -> int:
    """Return where the 1-based `line` begins."""
    offset = 0
    for _ in range(line - 1):
        offset = text.find("\n", offset) + 1
        if not offset:
            return len(text)
    return offset


class _Places:
    """Line and column of offsets in a text, quickest where they are asked for in order."""

    def __init__(self, text: str) -> None:
        self.text, self.offset, self.line = text, 0, 1

    def of(self, offset: int) -> tuple[int, int]:
        """Return line and column, both 1-based."""
        if offset < self.offset:
            self.offset, self.line = 0, 1
        self.line += self.text.count("\n", self.offset, offset)
        self.offset = offset
        return self.line, offset - self.text.rfind("\n", 0, offset)


def _problem(key: str, places: _Places, finding: Finding) -> Problem:
    offset, code, message, hint = finding
    line, column = places.of(offset)
    return Problem(path=key, line=line, column=column, code=code, message=message, hint=hint)


_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


def _mentions(found: Iterable[Reference], places: _Places) -> Iterator[Mention]:
    """Yield what may lead to a file or page of this site; templates say that only when run."""
    for reference in found:
        name, web = reference.name, reference.name.startswith(("http://", "https://", "//"))
        if not name or name[0] in "#?<" or "{" in name or "\n" in name:
            continue
        if (reference.kind == "image" and web) or (_SCHEME.match(name) and not web):
            continue
        yield Mention(reference.kind, name, *places.of(reference.offset))


# A URL parser drops these wherever they stand (URL Standard, 4.4), Markdown a backslash.
_DROPPED = re.compile(r"[\x00-\x20\x7f-\xa0\xad\u200b-\u200f\u2028-\u202e\u2060\ufeff\\]+")
_ACTIVE = re.compile(r"(?:java|vb|live)script:|data:[^,;]*(?:html|xml|script|flash)")
_PLAIN = ("http://", "https://", "/", "#", ".", "mailto:")


def _active_links(found: Iterable[Reference]) -> Iterator[Finding]:
    for reference in found:
        name = reference.name
        if name.startswith(_PLAIN) or not (":" in name or "&" in name):
            continue
        folded = _DROPPED.sub("", html.unescape(name)).lower()
        if (active := _ACTIVE.match(folded)) is None:
            continue
        if reference.kind == "image" and active[0].startswith("data:image/"):
            continue  # a picture's scripts are not run
        message = f"the address is a program ({active[0][:30]}), not a page"
        hint = "link to a page: https://…; readers remove such links"
        yield reference.offset, "F045", message, hint


_NO_TEXT = re.compile(r"!\[[ \t\n]*\](?=[(\[])")


def _without_text(page: str, text: str, begin: int, elements: Iterable[Tag]) -> Iterator[Finding]:
    if "![" in page:
        for found in _NO_TEXT.finditer(page, begin):
            if text[found.start() + 2 : found.end() - 1].strip():
                continue  # code, which was blanked
            message = "the image has no text for those who cannot see it"
            hint = "say what it shows: ![a cat asleep](cat.jpg)"
            yield found.start(), "F044", message, hint
    for element in elements:
        if element.name == "img" and not element.component and not _has_text(element):
            source = element.attributes.get("src", ("", 0))[0]
            message = f"<img>{' ' if source else ''}{source[:60]} has no alt"
            hint = 'add alt="what it shows", or alt="" where it only decorates'
            yield element.offset, "F044", message, hint


def _has_text(element: Tag) -> bool:
    names = element.attributes.keys()
    return not names.isdisjoint({"alt", ":alt", "v-bind:alt", "aria-hidden"}) or any(
        "{" in name for name in names
    )


_REMOVED = {
    "script": "a link to a page that has it",
    "object": "a link to the file",
    "embed": "a link to the file",
    "applet": "a link to the page",
    "form": "a link to a page with the form",
    "iframe": "a link to what it shows",
    "frame": "a link to what it shows",
    "frameset": "a link to what it shows",
}
_HANDLER = re.compile(r"on[a-z]{3,}")


def _removed(element: Tag) -> Iterator[Finding]:
    """Yield what readers and we remove from a body, with all that depends on it."""
    if element.component:
        return
    if element.name in _REMOVED and "json" not in element.attributes.get("type", ("", 0))[0]:
        message = f"readers of feeds remove <{element.name}>: it works on the page alone"
        hint = f"give them {_REMOVED[element.name]} beside it"
        yield element.offset, "F046", message, hint
    for name, (_, offset) in element.attributes.items():
        if _HANDLER.fullmatch(name):
            message = f"readers of feeds remove {name} of <{element.name}>"
            yield offset, "F046", message, "make it work without: a link, or <details>"


def _mojibake(page: str) -> Iterator[Finding]:
    """Yield one finding for each line with text that was read in a wrong encoding."""
    found = spans(page)
    if not found:
        return
    places = _Places(page)
    lines = [list(group) for _, group in groupby(found, lambda span: places.of(span.start)[0])]
    for number, line in enumerate(lines[:MAX_LINES], 1):
        first, more = line[0], len(lines) - number
        message = f'"{first.found[:30]}" is "{first.repaired[:30]}" read in a wrong encoding'
        if len(line) > 1:
            message += f", and {len(line) - 1} more on this line"
        if number == MAX_LINES and more:
            message += f"; {more} more lines have such text"
        hint = f'write "{first.repaired[:30]}", or let feeds repair the file'
        yield first.start, "F049", message, hint
