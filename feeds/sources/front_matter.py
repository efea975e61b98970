"""Bytes of a file → a mapping of plain values, and the body.

python-frontmatter splits and dispatches; the handlers are ours, because content comes
from strangers: an unclosed block is an error instead of a body, text stays text (`No`,
`1.10`), and what could stop the process is refused before a parser sees it. They are loaded
for the first file that `simple_headers` cannot read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from feeds.errors import FileRefused
from feeds.model import clean
from feeds.sources import simple_headers


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A file taken apart.

    Attributes:
        mapping: The front matter; empty where there is none.
        header: Its text, for finding the line of a key.
        header_line: 1-based line of the file on which `header` begins.
        body: Markdown.
        notes: What was odd but could be read.
        bare: There is no front matter.
        form: Its format, the name of one of `plain_headers.HANDLERS`; None without.
    """

    mapping: dict[str, Any]
    header: str
    header_line: int
    body: str
    notes: tuple[FileRefused, ...] = ()
    bare: bool = False
    form: str | None = None


def locate(header: str, header_line: int, key: str) -> tuple[int, int]:
    """Return line and column, both 1-based, of the value of the top-level `key`."""
    written = rf"[\"']?{re.escape(key)}[\"']?[ \t]*[:=][ \t]*"
    found = re.search(rf"(?mi)^(?:\.\. )?{written}", header)  # at the top level, if it is there
    found = found or re.search(rf"(?mi)^[ \t{{]*{written}", header)
    if not found:
        return header_line, 1
    line = header.count("\n", 0, found.end())
    return header_line + line, found.end() - header.rfind("\n", 0, found.end())


def decode(raw: bytes) -> tuple[str, tuple[FileRefused, ...]]:
    """Return a file's text with `\\n` line ends and without characters that XML forbids."""
    encoding = _encoding(raw)
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        message = f"byte {raw[error.start]:#04x} is not UTF-8"
        hint = "save the file as UTF-8"
        raise FileRefused("F004", message, hint, line, column) from None
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.lstrip(_INVISIBLE)
    odd = encoding == "utf-16" or (not text.isascii() and b"\xef\xbf" in raw)
    if not odd and raw.translate(None, _CONTROLS) == raw:
        return text, ()
    kept = clean(text)
    if kept == text:
        return text, ()
    place = next(
        i for i, (old, new) in enumerate(zip(text, kept + " ", strict=False)) if old != new
    )
    line, column = text.count("\n", 0, place) + 1, place - text.rfind("\n", 0, place)
    message = f"character U+{ord(text[place]):04X} cannot be in a feed and was left out"
    return kept, (FileRefused("F024", message, "delete the character", line, column),)


def _encoding(raw: bytes) -> str:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    return "utf-8-sig" if raw.startswith(b"\xef\xbb\xbf") else "utf-8"


# Without these bytes, nothing in UTF-8 stands for a character that `clean` removes.
_CONTROLS = bytes(range(9)) + b"\x0b\x0c" + bytes(range(14, 32))

# Before a header these only hide it: a second BOM, zero-width space and word joiner.
_INVISIBLE = "\ufeff\u200b\u2060"


def parse(raw: bytes) -> Parsed:
    """Read one file.

    Raises:
        FileRefused: There is front matter, and it cannot be understood.
    """
    text, notes = decode(raw)
    stripped = text.lstrip()
    first_line = text.count("\n", 0, len(text) - len(stripped)) + 1
    if found := _simple(stripped, first_line, notes) or _parsed(stripped, first_line, notes):
        return found
    if other := _OTHER_HEADER.match(stripped) or _exported(stripped):
        message = f"front matter that opens with {other[0].strip()} is not read"
        hint = "write it as YAML between two lines of ---"
        line = first_line + stripped.count("\n", 0, other.start())
        raise FileRefused("F019", message, hint, line)
    hint = "put title and date between two lines of --- at the top"
    without = FileRefused("F017", "the file has no front matter", hint)
    notes = (*notes, without)
    return Parsed(mapping={}, header="", header_line=1, body=_body(text), notes=notes, bare=True)


def _simple(text: str, first_line: int, notes: tuple[FileRefused, ...]) -> Parsed | None:
    """Read a file whose header is as nearly all are; None: it may have another."""
    end = text.find("\n---\n", 3) if text.startswith("---\n") else -1
    if not 0 < end < _MOST_SIMPLE:
        return None
    header = text[4 : end + 1]
    if (mapping := simple_headers.read(header)) is None:
        return None
    return Parsed(
        mapping=mapping,
        header=header,
        header_line=first_line + 1,
        body=_body(text[end + 5 :]),
        notes=notes,
        form="YAML",
    )


_MOST_SIMPLE = 20_000  # characters of a header


def _parsed(text: str, first_line: int, notes: tuple[FileRefused, ...]) -> Parsed | None:
    """Read a file with any header that is known; None: it has none."""
    import frontmatter  # noqa: PLC0415 (YAML comes with it, which simple headers do without)

    from feeds.sources.plain_headers import HANDLERS  # noqa: PLC0415

    for handler_class in HANDLERS:
        handler = handler_class(first_line)
        if handler.detect(text):
            mapping, _ = frontmatter.parse(text, handler=handler)
            return Parsed(
                mapping=mapping,
                header=handler.header,
                header_line=first_line + handler.skipped_lines,
                body=_body(handler.body),
                notes=(*notes, *handler.notes),
                form=handler_class.__name__,
            )
    return None


# What looks like a header must never become a body: its `draft: true` would be published.
_OTHER_HEADER = re.compile(r"(?:-{3}|\+{3}|;{3})[ \t]*[\w\"'{\[#][^\n]{0,60}")


_EXPORT = re.compile(r"(?m)^export\s+const\s+(?:meta|metadata|frontmatter|frontMatter)\b[^=\n]*=")


def _exported(text: str) -> re.Match[str] | None:
    """Return where a page gives its front matter as JavaScript (MDX), before any code block."""
    end = min((at for mark in ("\n```", "\n~~~") if (at := text.find(mark)) > 0), default=len(text))
    return _EXPORT.search(text, 0, min(end, 20_000)) if "export" in text else None


def _body(text: str) -> str:
    """Return Markdown without the blank lines around it; an indented first line is code."""
    blank = _BLANK.match(text)
    return (text[blank.end() :] if blank else text).rstrip()


_BLANK = re.compile(r"(?:[ \t]*\n)+")


def broken_header(raw: bytes) -> str:
    """Return what could be the header of a file that cannot be parsed: too much, if in doubt."""
    from feeds.sources.headers import MAX_HEADER_BYTES, TOML, YAML  # noqa: PLC0415 (as above)

    text = raw[: 2 * MAX_HEADER_BYTES].decode(_encoding(raw), "replace")
    text = text.replace("\r\n", "\n").replace("\r", "\n").lstrip(_INVISIBLE).lstrip()
    for handler in (YAML, TOML):
        if (opening := handler.opening.match(text)) is not None:
            closing = handler.closing.search(text, opening.end())
            return text[opening.end() : closing.start() if closing else None]
    return text
