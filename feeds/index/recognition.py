"""Which entry of the ledger a post is: by explicit id, path, body, address, title and date."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, or_, select

from feeds.errors import Problem
from feeds.index.database import BATCH
from feeds.index.places import place
from feeds.index.selections import live
from feeds.index.tables import entries, posts
from feeds.sources.facts import digest

_EMPTY_BODY = digest(b"")


_Lists = defaultdict[str, list[Row[Any]]]


@dataclass(slots=True)
class Known:
    """What the ledger knows of one batch of posts.

    Attributes:
        by_id: Also by the ids in Atom and JSON Feed, where these are others.
        present: Path → body of what is in the index now.
        claimed: Numbers of entries that a post of the batch has.
        released: Entries that end: their posts have ids of their own now.
        notes: Why a post was not recognised, where it might have been.
    """

    index: Connection
    ledger: Connection
    now: int
    by_path: dict[str, Row[Any]] = field(default_factory=dict)
    by_id: dict[str, Row[Any]] = field(default_factory=dict)
    by_body: _Lists = field(default_factory=lambda: defaultdict(list))
    by_url: _Lists = field(default_factory=lambda: defaultdict(list))
    by_place: _Lists = field(default_factory=lambda: defaultdict(list))
    by_likeness: _Lists = field(default_factory=lambda: defaultdict(list))
    shared_likeness: set[str] = field(default_factory=set)
    bodies: set[str] = field(default_factory=set)
    present: dict[str, str | None] = field(default_factory=dict)
    claimed: set[int] = field(default_factory=set)
    released: list[dict[str, Any]] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)

    def look_up(self, batch: Sequence[Row[Any]]) -> None:
        """Read everything that the posts of a batch may be."""
        paths = [row.key for row in batch]
        bodies = [row.body for row in batch if row.body != _EMPTY_BODY]
        urls = [row.url for row in batch]
        alike = [row.likeness for row in batch if row.likeness is not None]
        explicit = [given for row in batch for given in (row.explicit_id, row.former_id) if given]
        wanted: list[tuple[ColumnElement[Any], list[str]]]
        wanted = [(entries.c.path, paths), (entries.c.body, bodies), (entries.c.url, urls),
                  (entries.c.likeness, alike), (entries.c.id, [*explicit, *urls])]  # fmt: skip
        # A comparison uses the index, IS NOT NULL would read every row.
        adopted = select(entries.c.number).where(entries.c.place > "").limit(1)
        if self.ledger.execute(adopted).first() is not None:
            wanted += [(entries.c.atom_id, urls), (entries.c.json_id, urls),
                       (entries.c.place, [place(url) for url in urls])]  # fmt: skip
        any_of = or_(*(column.in_(values) for column, values in wanted))
        for entry in self.ledger.execute(select(entries).where(any_of)):
            self._take(entry)
        owners = sorted({entry.path for entry in self._all() if entry.path is not None})
        for start in range(0, len(owners), BATCH):
            here = posts.c.key.in_(owners[start : start + BATCH])
            found = self.index.execute(select(posts.c.key, posts.c.body).where(here))
            self.present.update((key, body) for key, body in found)
        self._look_at_the_likeness()

    def _take(self, entry: Row[Any]) -> None:
        if entry.path is not None:
            self.by_path[entry.path] = entry
        if entry.id is not None:
            self.by_id[entry.id] = entry
        for other in (entry.atom_id, entry.json_id):
            if other is not None:
                self.by_id.setdefault(other, entry)
        if entry.place is not None:
            self.by_place[entry.place].append(entry)
        self.by_body[entry.body].append(entry)
        self.by_url[entry.url].append(entry)
        self.by_likeness[entry.likeness].append(entry)

    def _look_at_the_likeness(self) -> None:
        """Note which titles with dates are not one post's alone, and which bodies are known."""
        missing = [alike for alike, found in self.by_likeness.items()
                   if alike is not None and any(map(self.missing, found))]  # fmt: skip
        if missing:
            alike = select(posts.c.likeness, live(self.now).label("live"))
            found = self.index.execute(alike.where(posts.c.likeness.in_(missing)))
            counts = Counter(row.likeness for row in found if row.live)
            self.shared_likeness.update(alike for alike, count in counts.items() if count > 1)
        strange = {self.present.get(entry.path) for entry in self._all()} - {_EMPTY_BODY, None}
        known = select(entries.c.body).where(entries.c.body.in_(strange - self.by_body.keys()))
        self.bodies.update(self.by_body, self.ledger.scalars(known))

    def _all(self) -> Iterable[Row[Any]]:
        for group in (self.by_body, self.by_url, self.by_place, self.by_likeness):
            for found in group.values():
                yield from found
        yield from self.by_path.values()
        yield from self.by_id.values()

    def missing(self, entry: Row[Any]) -> bool:
        """Tell whether an entry's file is gone, and no other file has taken its place."""
        return entry.number not in self.claimed and entry.path not in self.present

    def recognise(self, row: Row[Any]) -> Row[Any] | None:
        """Return the ledger's entry of a post, None for a new one."""
        if row.explicit_id is not None and (entry := self.by_id.get(row.explicit_id)):
            return entry
        entry = self.by_path.get(row.key)
        if entry is not None and entry.number not in self.claimed:
            if row.explicit_id is None or entry.id is None or entry.place is not None:
                # An adopted id is what readers hold, whatever the file says.
                return self._exchanged(row, entry) or entry
            # Its author gave it an id of its own: the former entry ends here.
            self.released.append({"n": entry.number})
            return None
        same_body = self.moved(row)
        same_url = [found for found in self.by_url.get(row.url, ()) if self.missing(found)]
        old = [found for found in self.by_place.get(place(row.url), ()) if self.missing(found)]
        # A file that was renamed and edited: its title and date stayed.
        alike = [found for found in self.by_likeness.get(row.likeness, ()) if self.missing(found)]
        alike = alike if row.likeness is not None else []
        sure = alike if row.likeness not in self.shared_likeness else []
        for found in (same_body, same_url, old, sure):
            if len(found) == 1:
                return found[0]
        if len(same_body) > 1:
            self._unclear(row, f"{len(same_body)} posts with this body are missing")
        elif len(old) > 1:
            self._unclear(row, f"{len(old)} entries of old feeds have this address")
        elif alike:
            self._unclear(row, "several posts, missing or here, have this title and date")
        return None

    def moved(self, row: Row[Any]) -> list[Row[Any]]:
        """Return the entries with the body of a post whose files are gone or became others."""
        if row.body == _EMPTY_BODY:
            return []
        return [
            found
            for found in self.by_body.get(row.body, ())
            if self.missing(found)
            or (found.number not in self.claimed and self._became_another(found))
        ]

    def _became_another(self, entry: Row[Any]) -> bool:
        """Tell whether an entry's file has the body of some other entry now, as in an exchange."""
        body = self.present[entry.path]
        return body != entry.body and body in self.bodies

    def _exchanged(self, row: Row[Any], entry: Row[Any]) -> Row[Any] | None:
        """Return whose file took the place of another post's: body, title and date say so."""
        if entry.body == row.body or row.likeness is None:
            return None
        same = [found for found in self.moved(row) if found.path is not None]
        return same[0] if len(same) == 1 and same[0].likeness == row.likeness else None

    def _unclear(self, row: Row[Any], reason: str) -> None:
        message = f"{reason}: which one moved is unclear"
        hint = "if readers know it, give it the `guid` that it had"
        self.notes.append(Problem(path=row.key, code="F032", message=message, hint=hint))
