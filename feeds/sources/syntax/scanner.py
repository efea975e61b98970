"""One pass over a text in which some parts are replaced, and pairs of tags enclose others.

Linear: text is copied once for each level of tags, and `MAX_DEPTH` bounds the levels.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from feeds.sources.syntax.calls import Call, Replacement
from feeds.sources.syntax.shortcodes import code
from feeds.sources.syntax.snippets import GONE, dedent, indented

MAX_DEPTH = 20
"""Tags nested deeper are removed, no more."""

_BEFORE = re.compile(r"[ \t>]*+")
_AFTER = re.compile(r"[ \t]*+(?=\n|\Z)")
_CLOSERS = re.compile(
    r"(</)(?:([A-Za-z][\w.]*+))?|(\{\{)[<%]\s*+/\s*+([\w./-]++)|(\{%)-?\s*+end(\w*+)"
    r"|\n[ \t>]*+(:{3,})[ \t]*+(?=\n|\Z)"
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
        kept: Without a closing tag it is only text.
    """

    key: str
    call: Call
    replacement: Replacement | None
    shown: str
    kept: bool = False


@dataclass(frozen=True, slots=True)
class _Frame:
    tag: Tag
    slot: int
    start: int
    end: int


class Scanner:
    """A text, what it has become so far, and the tags that are open.

    A reader is called at each sign that may begin something. It returns where that ends, and has
    put what it becomes; or 0 if the sign means nothing.

    Attributes:
        text: The text, after two line ends: its first line is like all others.
        end: Where the region that is being read ends.
        margin: How far that region is indented.
        unmapped: Display name and offset of what nobody knows.
    """

    readers: Mapping[str, Callable[[int], int]]

    def __init__(self, text: str, opener: re.Pattern[str]) -> None:
        self.text = f"\n\n{text}"
        self.end = len(self.text)
        self.margin = 0
        self.unmapped: list[tuple[str, int]] = []
        self._opener = opener
        self._depth = 0
        self._last: dict[str, int] = {}
        self._out: list[str] = []
        self._done = 0
        self._frames: list[_Frame] = []

    def region(self, start: int, end: int, margin: int = 0) -> str:
        """Return what a part of the text becomes."""
        outer = self._out, self._done, self._frames, self.end, self.margin
        self._out, self._done, self._frames, self.end, self.margin = [], start, [], end, margin
        self._depth += 1
        pos = start
        while found := self._opener.search(self.text, pos, end):
            pos = self.readers[found[0][0]](found.start()) or found.end()
        self._close_unclosed(0)
        self._out.append(self.text[self._done : end])
        result = "".join(self._out)
        self._depth -= 1
        self._out, self._done, self._frames, self.end, self.margin = outer
        return result

    @property
    def deep(self) -> bool:
        """Whether no further region is read within this one."""
        return self._depth > MAX_DEPTH

    @property
    def within(self) -> bool:
        """Whether a tag is open whose content may be indented."""
        return any(frame.tag.key[0] != ":" for frame in self._frames)

    # Where something is

    def find(self, closer: str, pos: int) -> int:
        """Return where `closer` comes next in the region, -1 if it does not."""
        if closer not in self._last:
            self._last[closer] = self.text.rfind(closer)
        return self.text.find(closer, pos, self.end) if self._last[closer] >= pos else -1

    def closed_after(self, key: str, pos: int) -> bool:
        """Whether there is a closing tag of this key after `pos`, in code or not."""
        return self._closed.get(key, -1) >= pos

    def is_open(self, key: str) -> bool:
        """Whether a tag of this key is open."""
        return any(frame.tag.key == key for frame in self._frames)

    def indentation(self, start: int, end: int) -> str | None:
        """Return what precedes a part that is alone on its lines, None if it is not."""
        line = self.text.rfind("\n", 0, start) + 1
        before = _BEFORE.fullmatch(self.text, line, start)
        return before[0] if before and _AFTER.match(self.text, end) else None

    def place(self, offset: int) -> tuple[int, int]:
        """Return line and column of an offset, both from 1, in the text as given."""
        line = bisect_left(self._line_ends, offset)
        return line - 1, offset - self._line_ends[line - 1]

    # What becomes of it

    def put(self, start: int, end: int, replaced: str) -> int:
        """Replace a part of the text, and return its end."""
        self._out.append(self.text[self._done : start])
        self._out.append(replaced)
        self._done = end
        return end

    def remove(self, start: int, end: int) -> int:
        """Remove a part of the text; where nothing else is on its lines, these as well."""
        indent = self.indentation(start, end)
        if indent is not None and not indent.strip():
            start = max(start - len(indent) - 1, self._done)
        return self.put(start, end, "")

    def remove_through(self, start: int, closer: str) -> int:
        """Remove what begins at `start` with two signs and ends with `closer`."""
        end = self.find(closer, start + 2)
        return self.remove(start, end + len(closer)) if end >= 0 else 0

    def trim(self, pos: int, pattern: re.Pattern[str]) -> None:
        """Remove what precedes `pos` and matches."""
        self._out.append(pattern.sub("", self.text[self._done : pos]))
        self._done = pos

    def lose(self, start: int, end: int, shown: str) -> int:
        """Remove what nobody knows."""
        self.unmapped.append((shown, start))
        in_link = _IN_LINK.search(self.text, max(0, start - 300), start)
        return self.put(start, end, GONE if in_link else "")

    def put_code(self, start: int, end: int, key: str, ending: str, call: Call) -> int:
        """Replace a tag, and all up to the closing tag that `ending` matches, by code."""
        closed = self.closing(key, ending, end)
        if not closed:
            return self.put(start, end, "")
        indent = self.indentation(start, closed.end())
        inner = self.text[end : closed.start()]
        written = code(replace(call, inner=inner, block=indent is not None))
        return self.put(start, closed.end(), indented(written, indent or ""))

    def closing(self, key: str, ending: str, pos: int) -> re.Match[str] | None:
        """Return the next closing tag, None if there is none."""
        if not self.closed_after(key, pos):
            return None
        return re.compile(ending).search(self.text, pos, self.end)

    def open(self, start: int, end: int, tag: Tag) -> int:
        """Begin what `tag` encloses; replace the tag alone if nothing closes it."""
        paired = bool(tag.key) and self.closed_after(tag.key, end)
        if not paired and not tag.replacement and not tag.kept:
            return self.lose(start, end, tag.shown)
        if not tag.replacement:
            self.unmapped.append((tag.shown, start))
        if not paired:
            return self.put(start, end, self._single(tag, start, end))
        self.put(start, end, "")
        if len(self._frames) < MAX_DEPTH:
            self._frames.append(_Frame(tag, len(self._out) - 1, start, end))
        return end

    def close(self, start: int, end: int, key: str) -> int:
        """End what the last tag of this key encloses; a stray end is removed."""
        index = len(self._frames) - 1
        while index >= 0 and self._frames[index].tag.key != key:
            index -= 1
        self.put(start, end, "")
        if index >= 0:
            self._close_unclosed(index + 1)
            self._replace(self._frames.pop(), end)
        return end

    def _single(self, tag: Tag, start: int, end: int) -> str:
        if not tag.replacement:
            return self.text[start:end] if tag.kept else ""
        indent = self.indentation(start, end)
        written = tag.replacement(replace(tag.call, block=indent is not None))
        return indented(written, indent or "")

    def _close_unclosed(self, index: int) -> None:
        while len(self._frames) > index:
            frame = self._frames.pop()
            self._out[frame.slot] = self._single(frame.tag, frame.start, frame.end)

    def _replace(self, frame: _Frame, end: int) -> None:
        inner = "".join(self._out[frame.slot + 1 :])
        del self._out[frame.slot :]
        indent = self.indentation(frame.start, end)
        if indent is not None:
            inner = dedent(inner)
        call = replace(frame.tag.call, inner=inner, block=indent is not None)
        replaced = frame.tag.replacement(call) if frame.tag.replacement else inner
        self._out.append(indented(replaced, indent or ""))

    @cached_property
    def _closed(self) -> dict[str, int]:
        """Key of each closing tag → offset of the last one."""
        last: dict[str, int] = {}
        for found in _CLOSERS.finditer(self.text):
            key = "".join(part for part in found.groups() if part)
            last[key] = last[key.lower()] = found.start()
        return last

    @cached_property
    def _line_ends(self) -> list[int]:
        return [found.start() for found in re.finditer("\n", self.text)]
