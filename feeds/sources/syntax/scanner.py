"""One pass over a text in which some parts are replaced, and pairs of tags enclose others.

Linear: text is copied once for each level of tags, and `MAX_DEPTH` bounds the levels.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

from feeds.sources.syntax.calls import Call, Replacement
from feeds.sources.syntax.shortcodes import code
from feeds.sources.syntax.snippets import GONE, dedent, indented

MAX_DEPTH = 20
"""Tags nested deeper are removed, no more."""

Read = Callable[[Any, re.Match[str]], int]
"""What a sign means: a method of a scanner that is given what its pattern has found.

It returns where that ends, and has put what it becomes; or 0 if the sign means nothing."""

_BEFORE = re.compile(r"[ \t>]*+")
_AFTER = re.compile(r"[ \t]*+(?=\n|\Z)")
_CLOSERS = re.compile(
    r"(</)([A-Za-z][\w.-]*+)?\s*+>|(\{\{)[<%]\s*+/\s*+([\w./-]++)\s*+[>%]\}\}"
    r"|(\{%)[-+]?\s*+end(\w*+)\s*+[-+]?%\}|\n[ \t>]*+(:{3,})[ \t]*+(?=\n|\Z)"
    r"|(-->|\*/\}\}|%%|\{:/comment\})"
)
_IN_LINK = re.compile(
    r"""(?:\]\(<?|(?:href|src)=["'])(?:\{\{[^{}]*+\}\}|\{%[^{}]*+%\}|[^\s()<>"'{])*+\Z"""
)


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag that opens something.

    Attributes:
        key: What its closing tag is called: `</Note`, `{{note`, `{%if`, `:::`; empty: none.
        shown: What the author knows it as.
    """

    key: str
    call: Call
    replacement: Replacement | None
    shown: str


class _Frame(NamedTuple):
    tag: Tag
    slot: int
    start: int
    end: int


class Scanner:
    """A text, what it has become so far, and the tags that are open.

    Attributes:
        text: The text, after two line ends: its first line is like all others.
        end: Where the region that is being read ends.
        margin: How far that region is indented.
        unmapped: Display name and offset of what nobody knows.
    """

    def __init__(
        self,
        text: str,
        opener: re.Pattern[str],
        readers: dict[str, list[tuple[re.Pattern[str], Read]]],
    ) -> None:
        self.text = f"\n\n{text}"
        self.end = len(self.text)
        self.margin = 0
        self.unmapped: list[tuple[str, int]] = []
        self._opener, self._readers = opener, readers
        self._depth = 0
        self._out: list[str] = []
        self._done = 0
        self._frames: list[_Frame] = []

    def region(self, start: int, end: int, margin: int = 0) -> str:
        """Return what a part of the text becomes."""
        outer = self._out, self._done, self._frames, self.end, self.margin
        self._out, self._done, self._frames, self.end, self.margin = [], start, [], end, margin
        self._depth += 1
        pos = start
        while sign := self._opener.search(self.text, pos, end):
            pos = self._read(sign.start()) or sign.end()
        self._close_unclosed(0)
        result = "".join([*self._out, self.text[self._done : end]])
        self._depth -= 1
        self._out, self._done, self._frames, self.end, self.margin = outer
        return result

    def _read(self, pos: int) -> int:
        for pattern, read in self._readers.get(self.text[pos], ()):
            found = pattern.match(self.text, pos, self.end)
            if found and (after := read(self, found)) > pos:
                return after
        return 0

    @property
    def deep(self) -> bool:
        """Whether no further region is read within this one."""
        return self._depth > MAX_DEPTH

    @property
    def within(self) -> bool:
        """Whether a tag is open whose content may be indented."""
        return any(frame.tag.key[0] != ":" for frame in self._frames)

    def is_open(self, key: str) -> bool:
        """Whether a tag of this key is open."""
        return any(frame.tag.key == key for frame in self._frames)

    def closing(self, key: str, pos: int) -> re.Match[str] | None:
        """Return the next closing tag of this key in the region, in code or not."""
        closers = self._closers.get(key.lower(), [])
        index = bisect_left(closers, pos, key=re.Match.start)
        found = closers[index] if index < len(closers) else None
        return found if found and found.end() <= self.end else None

    @cached_property
    def _closers(self) -> dict[str, list[re.Match[str]]]:
        closers: dict[str, list[re.Match[str]]] = {}
        for found in _CLOSERS.finditer(self.text):
            closers.setdefault("".join(filter(None, found.groups())).lower(), []).append(found)
        return closers

    # What becomes of a part

    def put(self, start: int, end: int, replaced: str) -> int:
        """Replace a part of the text, and return its end."""
        self._out += self.text[self._done : start], replaced
        self._done = end
        return end

    def remove(self, start: int, end: int) -> int:
        """Remove a part of the text; where nothing else is on its lines, these as well."""
        indent = self._indentation(start, end)
        if indent is not None and not indent.strip():
            start = max(start - len(indent) - 1, self._done)
        return self.put(start, end, "")

    def lose(self, start: int, end: int, shown: str) -> int:
        """Remove what nobody knows."""
        self.unmapped.append((shown, start))
        in_link = _IN_LINK.search(self.text, max(0, start - 300), start)
        return self.put(start, end, GONE if in_link else "")

    def open(self, start: int, end: int, tag: Tag) -> int:
        """Begin what `tag` encloses; replace the tag alone if nothing closes it."""
        closed = self.closing(tag.key, end) if tag.key else None
        if not closed:
            if not tag.replacement:
                return self.lose(start, end, tag.shown)
            return self.put(start, end, self._written(tag, start, end))
        if tag.replacement is code:
            inner = self.text[end : closed.start()]
            return self.put(start, closed.end(), self._written(tag, start, closed.end(), inner))
        if not tag.replacement:
            self.unmapped.append((tag.shown, start))
        self.put(start, end, "")
        if len(self._frames) < MAX_DEPTH:
            self._frames.append(_Frame(tag, len(self._out) - 1, start, end))
        return end

    def close(self, start: int, end: int, key: str) -> int:
        """End what the last tag of this key encloses; a stray end is removed."""
        self.put(start, end, "")
        if self.is_open(key):
            while self._frames[-1].tag.key != key:
                self._close_unclosed(len(self._frames) - 1)
            tag, slot, opened, _ = self._frames.pop()
            inner = "".join(self._out[slot + 1 :])
            self._out[slot:] = [self._written(tag, opened, end, inner)]
        return end

    def _close_unclosed(self, index: int) -> None:
        while len(self._frames) > index:
            tag, slot, start, end = self._frames.pop()
            self._out[slot] = self._written(tag, start, end)

    def _written(self, tag: Tag, start: int, end: int, inner: str | None = None) -> str:
        indent = self._indentation(start, end)
        if inner and indent is not None:
            own = "\n" if ">" in indent else f"\n{indent}"
            inner = inner.replace(own, "\n") if tag.replacement is code else dedent(inner)
        call = replace(tag.call, inner=inner, block=indent is not None)
        written = tag.replacement(call) if tag.replacement else inner or ""
        return indented(written, indent or "")

    def _indentation(self, start: int, end: int) -> str | None:
        """Return what precedes a part that is alone on its lines, None if it is not."""
        line = self.text.rfind("\n", 0, start) + 1
        before = _BEFORE.fullmatch(self.text, line, start)
        return before[0] if before and _AFTER.match(self.text, end) else None
