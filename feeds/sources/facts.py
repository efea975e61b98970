"""What the index keeps of a file, so that settings may change without reading files again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Self

from feeds.errors import FileRefused, Problem
from feeds.model import to_json
from feeds.sources.front_matter import Parsed, locate, parse
from feeds.sources.headings import first_heading


def digest(content: bytes) -> str:
    """Return the digest by which files and bodies are compared."""
    return blake2b(content, digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A file after parsing, before any setting was applied.

    Attributes:
        mapping: The front matter.
        header, header_line: Its text and where that begins; see `Parsed`.
        heading: The text of the body's first heading of level 1.
        body_digest: Tells whether a file that moved is the same post.
        notes: Problems seen while parsing.
        bare: There is no front matter.
    """

    mapping: dict[str, Any]
    header: str
    header_line: int
    heading: str | None
    body_digest: str
    notes: tuple[FileRefused, ...] = ()
    bare: bool = False

    @classmethod
    def of(cls, parsed: Parsed) -> Self:
        """Return the facts of a parsed file."""
        return cls(
            mapping=parsed.mapping,
            header=parsed.header,
            header_line=parsed.header_line,
            heading=found[0] if (found := first_heading(parsed.body)) else None,
            body_digest=digest(parsed.body.encode()),
            notes=parsed.notes,
            bare=parsed.bare,
        )

    def locate(self, key: str) -> tuple[int, int]:
        """Return line and column of the value of a key; see `Parsed.locate`."""
        return locate(self.header, self.header_line, key)

    def problems(self, key: str) -> tuple[Problem, ...]:
        """Return what was odd while parsing, as problems of the file `key`."""
        return tuple(note.problem(key) for note in self.notes)

    def dumps(self) -> str:
        """Return JSON that `loads` reads."""
        notes = [(n.code, str(n), n.hint, n.line, n.column) for n in self.notes]
        fields = (self.mapping, self.header, self.header_line, self.heading, self.body_digest)
        return to_json([*fields, notes, self.bare])

    @classmethod
    def loads(cls, text: str) -> Self:
        """Read what `dumps` wrote."""
        mapping, header, header_line, heading, body_digest, notes, bare = json.loads(text)
        return cls(
            mapping=mapping,
            header=header,
            header_line=header_line,
            heading=heading,
            body_digest=body_digest,
            notes=tuple(FileRefused(*note) for note in notes),
            bare=bare,
        )


def read(raw: bytes) -> tuple[Facts, str]:
    """Return the facts of a file and its body.

    Raises:
        FileRefused: The file cannot be understood.
    """
    parsed = parse(raw)
    return Facts.of(parsed), parsed.body
