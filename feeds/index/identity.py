"""Ids are for ever: which post is which, through edits, renames and removals.

A post is recognised by its explicit id, its path, the digest of its body if that is
unique among the missing, its URL: as it is, then as an old feed may have written it
(`index.places`), then by title and date together if no other post that is missing or here has
the same. What is not recognised is new.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

from sqlalchemy import (
    Connection,
    Row,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from feeds.errors import Problem
from feeds.index import first_ids, groupings
from feeds.index.database import BATCH
from feeds.index.recognition import Known
from feeds.index.rows import DUPLICATE, SETTLED, UNSETTLED, latest
from feeds.index.selections import public, unsettled
from feeds.index.sync import record
from feeds.index.tables import entries, posts, problems
from feeds.sources.facts import digest

STAGE = "identity"
OWNERS, KNOWN, ANY = range(3)
_EMPTY_BODY = digest(b"")
_IRI = re.compile(r"(?i)(?:https?://|urn:|tag:|[a-z][a-z0-9+.-]*://)\S+")
_UUID = re.compile(r"(?i)[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


def settle(index: Connection, ledger: Connection, now: int, *, provisional: bool) -> int:
    """Give every public post its id and its place in the ledger.

    Args:
        index, ledger: Connections in a transaction each; the ledger is to be committed
            first, as what it says can be said again.
        now: Unix seconds.
        provisional: The site's URL is this machine: ids are made and not kept.

    Returns:
        How many posts were settled or refused.
    """
    # Each may be accepted now, or be refused no longer.
    groupings.touch_posts(index, posts.c.settled == DUPLICATE)
    retry = update(posts).where(posts.c.settled == DUPLICATE).values(settled=UNSETTLED)
    index.execute(retry)
    again = select(posts.c.key).where(posts.c.settled == UNSETTLED)
    index.execute(delete(problems).where(problems.c.stage == STAGE, problems.c.key.in_(again)))
    done = first_ids.settle(index, ledger, now, provisional=provisional)
    empty = done > 0 or ledger.execute(select(entries.c.number).limit(1)).first() is None
    # Who has its address already comes first, then who is known by its path: they stay.
    for stage in () if empty else (OWNERS, KNOWN):
        last = ""
        while True:
            known = select(posts).where(unsettled(now), posts.c.key > last).order_by(posts.c.key)
            batch = list(index.execute(known.limit(BATCH)))
            if not batch:
                break
            last = batch[-1].key
            done += _Settling(index, ledger, now, provisional).run(batch, stage)
    oldest = (posts.c.published.is_(None), posts.c.published, posts.c.key)
    while batch := list(
        index.execute(select(posts).where(unsettled(now)).order_by(*oldest).limit(BATCH))
    ):
        done += _Settling(index, ledger, now, provisional).run(batch, ANY)
    return done


def waiting(index: Connection, now: int) -> bool:
    """Tell whether there is anything to settle."""
    either = select(posts.c.key).where(or_(posts.c.settled == DUPLICATE, unsettled(now)))
    return index.execute(either.limit(1)).first() is not None


@dataclass(slots=True)
class _Settling:
    """One batch: look everything up, decide row by row, write everything."""

    index: Connection
    ledger: Connection
    now: int
    provisional: bool
    known: Known = field(init=False)
    atoms: set[str] = field(default_factory=set)
    urls: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    inserts: list[dict[str, Any]] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)

    def run(self, batch: Sequence[Row[Any]], stage: int) -> int:
        self.known = Known(self.index, self.ledger, self.now)
        self.known.look_up(batch)
        self._look_up(batch)
        number = (self.ledger.scalar(select(func.max(entries.c.number))) or 0) + 1
        # Who has the body of a post that moved comes before who may only be alike.
        for row in sorted(batch, key=lambda row: not self.known.moved(row)):
            entry = self.known.by_path.get(row.key)
            if stage < ANY and (entry is None or (stage == OWNERS and entry.url != row.url)):
                continue
            if (refusal := self._collision(row)) is not None:
                self._refuse(row, refusal)
                continue
            entry = self.known.recognise(row)
            if entry is None:
                self._add(row, number)
                number += 1
            else:
                self._adopt(row, entry)
        self._write()
        return len(self.rows)

    def _look_up(self, batch: Sequence[Row[Any]]) -> None:
        """Read who has the addresses and ids that the posts of a batch would have."""
        urls = [row.url for row in batch]
        explicit = [given for row in batch for given in (row.explicit_id, row.former_id) if given]
        stated = [atom for row in batch if (atom := _stated(row, "atom_id"))]
        if stated:
            taken = select(entries.c.atom_id).where(entries.c.atom_id.in_(stated))
            self.atoms.update(self.ledger.scalars(taken))
        shown = public(self.now).label("shown")
        taken = select(posts.c.url, posts.c.entry_id, posts.c.key, shown)
        # Each by its own index: with more conditions or an OR, SQLite reads every row.
        for which in (posts.c.url.in_(urls), posts.c.entry_id.in_([*explicit, *urls])):
            for row in self.index.execute(taken.where(which)):
                if row.shown:
                    self.urls[row.url] = row.key
                    self.ids[row.entry_id] = row.key

    def _collision(self, row: Row[Any]) -> Problem | None:
        """Return why a post cannot be published beside another, which stays."""
        other = self.urls.get(row.url)
        if other is not None and other != row.key:
            message = f"the address {row.url} belongs to {other}"
            hint = "give one of them another `slug`, or remove it"
            return Problem(path=row.key, code="F031", message=message, hint=hint)
        if row.explicit_id is None:
            return None
        other = self.ids.get(row.explicit_id)
        owner = self.known.by_id.get(row.explicit_id)
        if other is None and owner is not None and owner.path in self.known.present:
            other = owner.path
        if owner is not None and owner.number in self.known.claimed:  # by another post of the batch
            other = self.ids.get(owner.id, other)
        if other is None or other == row.key:
            return None
        message = f"the id {row.explicit_id} belongs to {other}"
        hint = "remove the id from the copy: each post needs its own"
        return Problem(path=row.key, code="F030", message=message, hint=hint)

    def _adopt(self, row: Row[Any], entry: Row[Any]) -> None:
        """Continue an entry: its date moves if both the file and what readers see changed."""
        self.known.claimed.add(entry.number)
        moved = self.known.by_path.get(row.key)
        if moved is not None and moved.number != entry.number:
            self.known.released.append({"n": moved.number})
        # Of an adopted entry nothing but its ids is known at first: that is no change.
        changed = entry.raw not in ("", row.raw) and entry.public != row.public
        edition = entry.edition + changed
        lastmod = self.now if changed else entry.lastmod
        same_body = entry.body == row.body and entry.url == row.url
        named = self._named(row, entry, entry.first)
        self.updates.append(
            {
                **self._shared(row, named, entry),
                "n": entry.number,
                "edition": edition,
                "lastmod": lastmod,
                "html": entry.html if same_body else None,
                "summary": entry.summary if same_body else None,
            }
        )
        self._settled(row, named, entry.number, edition, lastmod, entry.json_id)

    def _add(self, row: Row[Any], number: int) -> None:
        named = self._named(row, None, self.now)
        shared = self._shared(row, named, None)
        json_id = _stated(row, "json_id")
        shared |= {"json_id": None if self.provisional else json_id}
        self.inserts.append(
            {**shared, "number": number, "edition": 1, "lastmod": None, "first": self.now}
        )
        self._settled(row, named, number, 1, None, json_id)

    def _named(self, row: Row[Any], held: Row[Any] | None, first: int) -> tuple[str, str]:
        """Return the ids of a post for RSS and Atom: those that it has, else those it now gets."""
        atom = held.atom_id if held is not None else None
        given = held.id if held is not None else None
        if given is None:
            given = row.explicit_id or self._permalink_id(row)
        self.ids[given] = row.key
        self.urls[row.url] = row.key
        day = first if row.published is None else row.published
        stated = _stated(row, "atom_id")
        if atom is None and stated and stated not in self.atoms:
            self.atoms.add(stated)
            atom = stated
        return given, atom or atom_id(given, row.url, day)

    def _permalink_id(self, row: Row[Any]) -> str:
        """Return the id that readers know already, else the permalink.

        Where that is another post's id for ever, a variant of it.
        """
        url: str = row.former_id or row.url
        candidate = url
        count = 1
        while self._spoken_for(candidate, row.key):
            count += 1
            candidate = f"{url}#{count}"
        return candidate

    def _spoken_for(self, candidate: str, key: str) -> bool:
        if self.ids.get(candidate, key) != key or candidate in self.known.by_id:
            return True
        if "#" not in candidate:
            return False  # `_look_up` asked for it
        return bool(self.ledger.scalar(select(entries.c.number).where(entries.c.id == candidate)))

    def _shared(
        self, row: Row[Any], named: tuple[str, str], held: Row[Any] | None
    ) -> dict[str, Any]:
        kept: tuple[str | None, str | None] = named
        if self.provisional:  # new ids are not kept, and those that are kept stay
            kept = (None, None) if held is None else (held.id, held.atom_id)
        return {
            "path": row.key,
            "id": kept[0],
            "atom_id": kept[1],
            "url": row.url,
            "body": row.body,
            "likeness": row.likeness,
            "raw": row.raw,
            "public": row.public,
            "post": row.post,
            "states": row.states,
        }

    def _settled(
        self, row: Row[Any], named: tuple[str, str], number: int, edition: int, lastmod: int | None,
        json_id: str | None,
    ) -> None:  # fmt: skip
        self.known.present[row.key] = row.body
        self.rows.append(
            {
                "k": row.key,
                "settled": SETTLED,
                "entry_id": named[0],
                "atom_id": named[1],
                "json_id": json_id,
                "number": number,
                "edition": edition,
                "lastmod": latest(row.newest, lastmod),
            }
        )

    def _refuse(self, row: Row[Any], refusal: Problem) -> None:
        self.known.notes.append(refusal)
        unnamed = dict.fromkeys("entry_id atom_id json_id number edition lastmod".split())
        self.rows.append({"k": row.key, "settled": DUPLICATE, **unnamed})

    def _write(self) -> None:
        ledger, index = self.ledger, self.index
        if self.known.released:
            released = update(entries).where(entries.c.number == bindparam("n"))
            ledger.execute(released.values(path=None, post=None), self.known.released)
        if self.updates:
            # Paths are unique, and two posts may have exchanged theirs.
            moved = update(entries).where(entries.c.number == bindparam("n"))
            ledger.execute(moved.values(path=None), [{"n": one["n"]} for one in self.updates])
            ledger.execute(moved, self.updates)
        if self.inserts:
            ledger.execute(insert(entries), self.inserts)
        if self.rows:
            index.execute(update(posts).where(posts.c.key == bindparam("k")), self.rows)
        refused = [row["k"] for row in self.rows if row["settled"] == DUPLICATE]
        groupings.touch_posts(index, posts.c.key.in_(refused))
        record(index, self.known.notes, STAGE)


def _stated(row: Row[Any], name: str) -> str | None:
    """Return the id for Atom or JSON Feed that the author wrote beside the other."""
    if row.explicit_id is None:
        return None
    found: str | None = json.loads(row.post).get(name)
    return found


def atom_id(given: str, url: str, first: int) -> str:
    """Return an absolute IRI for an id (RFC 4287, 4.2.6): as it is, or as a URN or tag: URI.

    A tag: URI (RFC 4151) is made of the site's host and the post's first date, in Unix
    seconds; the ledger keeps it, so that neither a new host nor a new date changes it.
    """
    if _IRI.fullmatch(given):
        return given
    if _UUID.fullmatch(given):
        return f"urn:uuid:{given.lower()}"
    day = datetime.fromtimestamp(first, UTC).date()
    return f"tag:{urlsplit(url).hostname},{day}:{quote(given, safe=_TAG_SAFE)}"


_TAG_SAFE = "-._~!$&'()*+,;=:@/?"
