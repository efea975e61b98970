"""Which key gave each field: a second reading by the same code, with keys that know their place."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from feeds.model import Post
from feeds.sources.dialect import Reader, meaning
from feeds.sources.facts import Facts
from feeds.sources.places import Path, lines
from feeds.sources.surroundings import Surroundings


@dataclass(frozen=True, slots=True)
class Place:
    """Where a key stands.

    Attributes:
        key: As it is written; one within a mapping is `outer.inner`.
        line: Of the file; None: in no line of it.
        layer, of: Of a default: `defaults` and the path that it is for, or `cascade` and the
            section's page, else folder, that gives it.
    """

    key: str
    line: int | None = None
    layer: str = ""
    of: str = ""


class Key(str):
    """A key as it is written, equal to its text, that knows its place."""

    place: Place


class _Row(list[tuple[str, Any]]):
    """Candidates for a field, best first: who stops at one has chosen it."""

    chosen: Place | None = None
    value: Any = None

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        for key, value in list.__iter__(self):
            self.chosen, self.value = key.place if isinstance(key, Key) else None, value
            yield key, value
        self.chosen = None


@dataclass
class Trace(Reader):
    """Notes which rows of keys were asked for, and which key of each was chosen."""

    asked: list[tuple[tuple[str, ...], _Row]] = field(default_factory=list)
    post: Post | None = None

    def given(self, names: tuple[str, ...]) -> list[tuple[str, Any]]:
        """Return what `Reader.given` does."""
        row = _Row(Reader.given(self, names))
        self.asked.append((names, row))
        return row

    def chosen(self, *rows: tuple[str, ...]) -> Place | None:
        """Return the key that was chosen from the first of `rows` that gave one.

        A row that was asked for without some of its keys counts too.
        """
        for wanted in rows:
            for names, row in self.asked:
                if names[0] == wanted[0] and set(names) <= set(wanted) and row.chosen:
                    return row.chosen
        return None

    def read(self, *rows: tuple[str, ...]) -> list[Place]:
        """Return the keys with a value that were asked for, in `rows` alone or in any."""
        found = (row for names, row in self.asked if not rows or names in rows)
        pairs = (pair for row in found for pair in list.__iter__(row))
        return list(dict.fromkeys(key.place for key, _ in pairs if isinstance(key, Key)))


def trace(
    key: str,
    facts: Facts,
    site: Surroundings,
    sections: Mapping[tuple[str, str], str] | None = None,
) -> Trace:
    """Return the trace of reading a file, up to where it was refused.

    Args:
        sections: Folder and key of a cascade → the page that it stands in.
    """
    held = lines(facts.header, facts.header_line)
    marked = replace(facts, mapping=_marked(facts.mapping, held))
    knowing = _Marked(
        settings=site.settings,
        authors=site.authors,
        cascades=site.cascades,
        sections=sections or {},
    )
    found = Trace.of(key, marked, knowing)
    found.held = {}  # so that every row is asked for
    with contextlib.suppress(Exception):  # `reading.understood` says what it means
        found.post, _ = meaning(found)
    return found


@dataclass(frozen=True, kw_only=True)
class _Marked(Surroundings):
    sections: Mapping[tuple[str, str], str]

    def defaults(self, key: str) -> dict[str, Any]:
        origins = {
            name: (kind, self.sections.get((of, name), of) if kind == "cascade" else of)
            for kind, of, given in self.layers(key)
            for name in given
        }
        found: dict[str, Any] = {}
        for name, value in super().defaults(key).items():
            found |= _marked({name: value}, {}, *origins[name])
        return found


def _marked(
    mapping: dict[str, Any], held: dict[Path, int], layer: str = "", of: str = "", above: Path = ()
) -> dict[str, Any]:
    """Return a mapping with keys that know their place; one without a line has the outer one's."""
    found: dict[str, Any] = {}
    for name, value in mapping.items():
        path = (*above, name)
        line = next((held[path[:end]] for end in (len(path), *range(len(path) - 1, 0, -1))
                     if path[:end] in held), None)  # fmt: skip
        key = Key(name)
        key.place = Place(".".join(path), line, layer, of)
        inner = isinstance(value, dict)
        found[key] = _marked(value, held, layer, of, path) if inner else value
    return found
