"""`feeds show`: one file as it was understood, and what a publisher would make of it now."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Row, select

from feeds.check.origins import DATES, ROWS, Field, Origin, Origins, of_key, plain
from feeds.check.run import beside, scanned, shown_path
from feeds.errors import CODES, FeedsError, FileRefused
from feeds.index import groupings
from feeds.index.database import INDEX, LEDGER, reading
from feeds.index.intake import Intake
from feeds.index.rows import DUPLICATE
from feeds.index.tables import entries, posts, problems
from feeds.model import Entry, Post
from feeds.publisher import catalogue, links
from feeds.publisher.bodies import Failure, Job, Renderer
from feeds.publisher.selection import Selection, id_prefix
from feeds.publisher.sitemaps import Sitemap
from feeds.settings import Settings
from feeds.sources import cascades, keys
from feeds.sources.facts import Facts
from feeds.sources.front_matter import decode, parse
from feeds.sources.headings import first_heading
from feeds.sources.protocol import Files
from feeds.sources.trace import Trace, trace

STAGES = ("read", "identity", "body")


class NoSuchPost(FeedsError):
    """The file is none that this site reads; the message says why."""


def key_of(settings: Settings, source: Files, file: str) -> str:
    """Return the key of a file: a path from here, an absolute one, or one in the content folder.

    Raises:
        NoSuchPost: It is missing, elsewhere, or not among the files that are read.
    """
    root = Path(os.path.abspath(settings.content.source))
    read = f"the posts are read from {root}"
    either = (Path(os.path.abspath(path)) for path in (file, root / file))
    there = [path for path in either if path.is_file()]
    if not there:
        raise NoSuchPost(f"{file}: there is no such file; {read}")
    forms = ((form(path), form(root)) for path in there for form in (Path.absolute, Path.resolve))
    inside = [path.relative_to(base) for path, base in forms if path.is_relative_to(base)]
    if not inside:
        raise NoSuchPost(f"{file} is not in the content folder; {read}")
    key = inside[0].as_posix()
    if source.stamp(key) is None:
        why = (
            "content.include does not name it, content.exclude does, or its path has a hidden part"
        )
        raise NoSuchPost(f"{file} is not read: {why}; {read}")
    return key


def show(settings: Settings, file: str, clock: Callable[[], float]) -> dict[str, Any]:
    """Return what `feeds show --json` prints; nothing is published.

    Raises:
        NoSuchPost: The file is none that this site reads.
        SourceUnavailable: The folder cannot be listed.
    """
    with beside(settings) as (intake, _):
        key = key_of(settings, intake.source, file)
        intake.apply()
        scanned(intake, clock)
        now = int(clock())
        intake.settle(now)
        with reading(intake.index) as connection:
            row = connection.execute(select(posts).where(posts.c.key == key)).one_or_none()
        if row is None:
            raise NoSuchPost(f"{file} is being written: try again")
        renderer = Renderer()
        try:
            return _Shown(intake, renderer, row, now).as_json()
        finally:
            renderer.close()


@dataclass
class _Shown:
    intake: Intake
    renderer: Renderer
    row: Row[Any]
    now: int

    def __post_init__(self) -> None:
        row, self.settings = self.row, self.intake.settings
        self.zone = self.intake.surroundings().zone
        self.post: Post | None = None
        self.failure: dict[str, Any] | None = None
        if row.post is not None:
            ids = {"id": row.entry_id or "", "atom_id": row.atom_id or ""}
            self.post = Post.loads(row.post, **ids)
        self.trace: Trace | None = None
        if row.facts is not None:
            facts = Facts.loads(row.facts)
            self.trace = trace(row.key, facts, self.intake.surroundings(), self._sections())
        self.state, self.reason = self._state()

    def as_json(self) -> dict[str, Any]:
        documents = list(self._documents()) if self.state in ("public", "undated", "kept") else []
        entry, body_line = self._entry()
        fields, state = self._fields(entry.summary if entry else "", body_line)
        assert self.settings.state.path is not None
        return {
            "path": shown_path(self.settings.content.source, self.row.key),
            "key": self.row.key,
            "state": {"name": self.state, "reason": self.reason, "from": list(map(asdict, state))},
            "fields": [
                {"name": one.name, "value": one.value, "from": list(map(asdict, one.origins))}
                for one in fields
            ],
            "unused": list(self._unused(fields, state)),
            "problems": [*self._problems(), *([self.failure] if self.failure else [])],
            "documents": documents,
            "published": (self.settings.state.path / INDEX).exists(),
            "html": entry.html if entry else None,
        }

    def _sections(self) -> dict[tuple[str, str], str]:
        """Return folder and key → the section's page that gives it to what is below."""
        with reading(self.intake.index) as connection:
            found = connection.execute(
                select(posts.c.key, posts.c.cascade).where(posts.c.cascade > "")
            )
            return {
                (folder, name): row.key
                for row in found
                for folder, given in cascades.gathered([(row.key, row.cascade)]).items()
                for name in given
            }

    def _state(self) -> tuple[str, str]:
        """Return what became of the file, and why or when."""
        row = self.row
        if row.outcome in ("refused", "kept") or row.settled == DUPLICATE:
            name = "kept" if row.outcome == "kept" else "refused"
            errors = [one for one in self._problems() if one["severity"] == "error"]
            return name, "; ".join(f"{one['code']}: {one['message']}" for one in errors)
        if row.outcome in ("hidden", "not a post"):
            said = [one for one in self._problems() if one["code"] in ("F005", "F006")]
            return row.outcome, said[-1]["message"].partition(": ")[2] if said else ""
        if row.live_until is not None and row.live_until <= self.now:
            return "expired", f"since {plain(row.live_until, self.zone)}"
        if row.live_from is not None and row.live_from > self.now:
            return "scheduled", f"until {plain(row.live_from, self.zone)}"
        return ("undated", "in the sitemap only") if row.published is None else ("public", "")

    def _problems(self) -> list[dict[str, Any]]:
        here = (problems.c.key == self.row.key, problems.c.stage.in_(STAGES))
        names = ("line", "column", "code", "message", "hint")
        order = (problems.c.line, problems.c.column, problems.c.code)
        with reading(self.intake.index) as connection:
            found = list(connection.execute(select(problems).where(*here).order_by(*order)))
        return [
            {"severity": CODES[row.code][0], **{name: getattr(row, name) for name in names}}
            for row in found
        ]

    def _documents(self) -> Iterator[dict[str, Any]]:
        """Yield the documents that contain the post, as the catalogue plans them."""
        assert self.post is not None
        for one in self._planned():
            if (at := one.position(self.post)) is not None:
                yield {
                    "path": one.path,
                    "format": one.format,
                    "position": at,
                    "entries": one.entries(),
                }

    def _planned(self) -> Iterator[catalogue.Planned]:
        """Yield the documents of the site and of the post's groups."""
        site = Selection(
            index=self.intake.index,
            ledger=self.intake.ledger,
            source=self.intake.source,
            settings=self.settings,
            renderer=self.renderer,
            now=self.now,
            address=self.settings.site.url,
        )
        index = self.intake.index
        yield from catalogue.documents(self.settings, site, index, tuple(catalogue.FEEDS))
        if path := self.settings.paths.sitemap:
            yield from Sitemap(self.settings, index, self.now, path, {}).planned()
        with reading(index) as connection:
            groups = groupings.groups_of(connection, self.row.key)
        for group in groups:
            posts_now = replace(site, group=group)
            if posts_now.wanted:
                yield from catalogue.of_group(self.settings, posts_now)

    def _entry(self) -> tuple[Entry | None, int]:
        """Return the post as a feed shows it, and the line on which its body begins."""
        if self.post is None:
            return None, 1
        body, line = self._rendered(self.post)
        with reading(self.intake.index) as connection:
            site = self.settings.site.url
            targets = links.targets(connection, [body.html or ""], site, self.now) if body else {}
        html = links.replace(body.html, targets) if body and body.html else None
        return Entry(post=self.post, html=html, summary=body.summary if body else ""), line

    def _rendered(self, post: Post) -> tuple[Any, int]:
        """Return the body; of a broken file the last good one."""
        if self.row.outcome == "kept":
            held = select(entries.c.html, entries.c.summary)
            with reading(self.intake.ledger) as connection:
                good = held.where(entries.c.number == self.row.number)
                return connection.execute(good).one_or_none(), 1
        try:
            _, raw = self.intake.source.read(self.row.key)
            body = parse(raw).body
        except (OSError, FileRefused):
            return None, 1
        text = decode(raw)[0].rstrip()
        heading = first_heading(body)
        line = text.count("\n", 0, len(text) - len(body) + (heading[1] if heading else 0)) + 1
        job = Job(
            text=body,
            key=post.path,
            url=post.url,
            prefix=id_prefix(post),
            has_heading=bool(post.heading),
            syntax=self.intake.surroundings().profile.syntax,
        )
        result = self.renderer.render({"": job})[""]
        if isinstance(result, Failure):
            self.failure = {"severity": "warning", "line": line, "column": 1, "code": result.code,
                            "message": result.message, "hint": "simplify the Markdown"}  # fmt: skip
            return None, line
        return result, line

    def _fields(self, excerpt: str, heading_line: int) -> tuple[list[Field], list[Origin]]:
        """Return every field, and what decided about the state."""
        if self.row.outcome == "kept" and self.post is not None:
            held = (
                (name, plain(getattr(self.post, name), self.zone if name in DATES else None))
                for name in ("id", *ROWS)
            )
            last = (Origin("the last good entry"),)
            return [Field(name, value, last) for name, value in held if value is not None], []
        if self.trace is None:
            return [], [Origin("the file's path")] if self.state in ("hidden", "not a post") else []
        if self.post is None or self.trace.post is None:
            place = self.trace.chosen(keys.REDIRECTS, ("permalink",))
            return [], [of_key(place)] if place and self.state != "refused" else []
        origins = Origins(self.trace, self.trace.post, heading_line, excerpt)
        by_state = {"scheduled": ("go_live", "published"), "expired": ("expires",)}
        names = by_state.get(self.state, ())
        state = next((found for name in names if (found := origins.of(name))), origins.hidden())
        return [*origins.fields(), *self._ids(self.trace, self.trace.post)], list(state)

    def _ids(self, found: Trace, post: Post) -> Iterator[Field]:
        """Yield the ids, from the publisher's own ledger or as they would be."""
        held_id, held_atom, first = self._held(self.row.entry_id) or (None, None, 0)
        given = self.row.entry_id or held_id or post.explicit_id or post.former_id or post.url
        origins = [self._id_rule(found, post, given)]
        since = Origin(f"the ledger, since {plain(first, self.zone)}")
        if held_id is not None:
            origins = [*(one for one in origins if one.key), since]
        yield Field("id", given, tuple(origins))
        if atom := self.row.atom_id or held_atom:
            yield Field("atom_id", atom, (since if held_atom else Origin("made of the id"),))

    def _id_rule(self, found: Trace, post: Post, given: str) -> Origin:
        place = found.chosen(keys.GUID, keys.ID)
        if given == post.explicit_id and place is not None:
            return of_key(place)
        if given == post.former_id:
            return Origin(f"as {self.settings.content.profile} makes ids")
        kept = "provisional" if self.settings.provisional else "kept for ever once published"
        return Origin(f"its address; {kept}")

    def _held(self, given: str | None) -> tuple[str | None, str | None, int] | None:
        """Return id, Atom id and first day that the publisher's ledger has for the post."""
        assert self.settings.state.path is not None
        ledger = self.settings.state.path / LEDGER
        if not ledger.exists():
            return None
        query = "SELECT id, atom_id, first FROM entries WHERE id = ? OR (? IS NULL AND path = ?)"
        with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as connection:
            found = connection.execute(query, (given, given, self.row.key)).fetchone()
        return tuple(found) if found else None

    def _unused(self, fields: list[Field], state: list[Origin]) -> Iterator[dict[str, Any]]:
        """Yield the keys of the front matter that gave nothing, and whether they were looked at."""
        if self.trace is None:
            return
        origins = [*state, *(one for field in fields for one in field.origins)]
        used = {(one.key, one.line) for one in origins}
        read = self.trace.read()
        above = {key.rpartition(".")[0] for key, _ in used if key} | {
            place.key.rpartition(".")[0] for place in read
        }
        for key, value in self.trace.facts.mapping.items():
            within = value if isinstance(value, dict) and key in above else ()
            for name in within or [key]:
                place = name.place  # type: ignore[union-attr] # of a trace: see `trace.Key`
                if (place.key, place.line) not in used:
                    yield {"key": place.key, "line": place.line, "read": place in read}
