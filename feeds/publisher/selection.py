"""The newest posts of a site or group as entries: with ids, bodies, and when the set changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Engine, Row, bindparam, delete, insert, select, update

from feeds.errors import FileRefused, Problem
from feeds.index import selections as chosen
from feeds.index.database import reading
from feeds.index.sync import record
from feeds.index.tables import bodies, entries, problems, selections, targets
from feeds.model import Entry, Post
from feeds.profiles import PROFILES
from feeds.publisher import links
from feeds.publisher.bodies import Failure, Job, Renderer
from feeds.settings import Settings
from feeds.sources.facts import digest, read
from feeds.sources.markup import RENDERER
from feeds.sources.protocol import Files

STAGE = "body"


@dataclass
class Selection:
    """The newest posts of the site, or of one group, at one moment.

    Bodies are rendered when they are first asked for, and held: only new ones cost.

    Attributes:
        group: Kind and folded name; None: the whole site.
        address: Where the selection is found, absolute: its first id (RFC 4287, 4.2.6).
    """

    index: Engine
    ledger: Engine
    source: Files
    settings: Settings
    renderer: Renderer
    now: int
    address: str
    group: tuple[str, str] | None = None
    _changed_since: bool = False

    @property
    def name(self) -> str:
        """What the ledger calls it; a group's kind and name."""
        return "/".join(self.group) if self.group else "site"

    @property
    def restless(self) -> bool:
        """Tell whether a file is no longer what the index says: the next scan will know it."""
        return self._bodies is not None and self._changed_since

    @cached_property
    def rows(self) -> Sequence[Row[Any]]:
        """The listed posts, newest first."""
        return self._found[: self.settings.feeds.entries]

    @cached_property
    def _found(self) -> Sequence[Row[Any]]:
        most = max(self.settings.feeds.entries, self.settings.groupings.min_posts)
        with reading(self.index) as connection:
            return chosen.newest(connection, self.now, most, self.group)

    @cached_property
    def title(self) -> str | None:
        """A group's name as its newest post has it, of an empty one as its path does."""
        if self.group is None:
            return None
        return self.rows[0].title if self.rows else self.group[1]

    @property
    def wanted(self) -> bool:
        """Tell whether a group has enough posts; one that was public once stays."""
        if len(self._found) >= self.settings.groupings.min_posts:
            return True
        with reading(self.ledger) as connection:
            held = select(selections.c.id).where(selections.c.name == self.name)
            return connection.scalar(held) is not None

    @cached_property
    def posts(self) -> tuple[Post, ...]:
        """The same as values."""
        return tuple(
            Post.loads(row.post, id=row.entry_id, atom_id=row.atom_id, json_id=row.json_id)
            for row in self.rows
        )

    @cached_property
    def key(self) -> str:
        """A digest of everything about the entries that a document shows."""
        shown = [
            f"{row.post} {row.entry_id} {row.atom_id} {row.json_id} {row.body} {row.outcome} "
            f"{row.key in self._bodies}"
            for row in self.rows
        ]
        targets = [f"{href} {target}" for href, target in sorted(self._targets.items())]
        return digest("\n".join([RENDERER, *shown, *targets]).encode())

    @cached_property
    def newest(self) -> int | None:
        """The newest date among the posts, in Unix seconds; an `updated` to come is none yet."""
        dates = [date for post in self.posts for date in (post.published, post.updated) if date]
        return max((date for date in dates if date <= self.now), default=None)

    @cached_property
    def state(self) -> tuple[str, int]:
        """The selection's permanent id, and when the listed set or a listed post last changed."""
        listed = digest("\n".join(f"{row.number} {row.edition}" for row in self.rows).encode())
        default = self.address
        with self.ledger.begin() as connection:
            held = connection.execute(
                select(selections).where(selections.c.name == self.name)
            ).one_or_none()
            if held is None or not held.listed:
                updated = self.now if self.newest is None else self.newest
            else:
                updated = held.updated if held.listed == listed else max(self.now, held.updated + 1)
            kept_id = held.id if held is not None else None
            if kept_id is None and not self.settings.provisional:
                kept_id = default
            values = {"id": kept_id, "listed": listed, "updated": updated}
            if held is None or (held.id, held.listed, held.updated) != tuple(values.values()):
                connection.execute(delete(selections).where(selections.c.name == self.name))
                connection.execute(insert(selections).values(name=self.name, **values))
        return kept_id or default, updated

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The posts with their bodies: as many as `max_bytes` allows, and at least one."""
        full = self.settings.feeds.content == "full"
        made: list[Entry] = []
        room = self.settings.feeds.max_bytes
        for row, post in zip(self.rows, self.posts, strict=True):
            body = self._bodies.get(row.key)
            html = links.replace(body.html, self._targets) if body and body.html and full else None
            summary = post.summary or (body.summary if body else None) or ""
            room -= len((html or "").encode()) + len(summary.encode())
            if room < 0 and made:
                break
            made.append(Entry(post=post, html=html or None, summary=summary))
        return tuple(made)

    def position(self, post: Post) -> int | None:
        """Return a post's place among the entries, from 1; None: it is not among them."""
        found = (at for at, entry in enumerate(self.entries, 1) if entry.post.path == post.path)
        return next(found, None)

    @cached_property
    def _targets(self) -> dict[str, str | None]:
        """Where links to posts of this site lead; None: the post may not be seen."""
        found = [body.html for body in self._bodies.values() if body.html]
        with reading(self.index) as connection:
            return links.targets(connection, found, self.settings.site.url, self.now)

    @cached_property
    def _bodies(self) -> dict[str, Any]:
        """The rendered bodies by key of the file; rendered now where they are not held."""
        keys = {
            row.key: _body_key(row, post, self.settings.content.profile)
            for row, post in zip(self.rows, self.posts, strict=True)
            if row.outcome == "post"
        }
        self._render(keys)
        with reading(self.index) as connection:
            held = connection.execute(select(bodies).where(bodies.c.key.in_(keys.values())))
            rendered = {row.key: row for row in held}
        found = {key: rendered[body] for key, body in keys.items() if body in rendered}
        good = self._good()
        self._note_kept_links(
            {row.key: good[row.number].html for row in self.rows if row.number in good}
        )
        return found | {row.key: good[row.number] for row in self.rows if row.number in good}

    def _note_kept_links(self, kept: dict[str, str | None]) -> None:
        """Do for last good bodies what rendering does for others: the index may be new."""
        with reading(self.index) as connection:
            known = select(targets.c.owner).where(targets.c.owner.in_(kept)).distinct()
            missing = kept.keys() - set(connection.scalars(known))
        if any(kept[key] for key in missing):
            with self.index.begin() as connection:
                for key in sorted(missing):
                    self._note_links(connection, key, kept[key])

    def _good(self) -> dict[int, Any]:
        """Return the last good bodies of posts whose files are broken now."""
        numbers = [row.number for row in self.rows if row.outcome == "kept"]
        with reading(self.ledger) as connection:
            found = connection.execute(
                select(entries.c.number, entries.c.html, entries.c.summary).where(
                    entries.c.number.in_(numbers)
                )
            )
            return {row.number: row for row in found}

    def _render(self, keys: dict[str, str]) -> None:
        """Render the bodies that are not held, and keep them; drop the one before of each post."""
        with reading(self.index) as connection:
            held = set(
                connection.scalars(select(bodies.c.key).where(bodies.c.key.in_(keys.values())))
            )
        jobs, owners = {}, {}
        for row, post in zip(self.rows, self.posts, strict=True):
            key = keys.get(row.key)
            if key is None or key in held:
                continue
            if (job := self._job(row, post)) is None:
                self._changed_since = True
            else:
                jobs[key], owners[key] = job, row
        if not jobs:
            return
        results = self.renderer.render(jobs)
        with self.index.begin() as connection:
            for key, result in results.items():
                self._keep(connection, owners[key], key, result)
        self._remember(owners, results)

    def _job(self, row: Row[Any], post: Post) -> Job | None:
        """Return what to render, None where the file is no longer what the index knows."""
        try:
            _, content = self.source.read(row.key)
            if digest(content) != row.raw:
                return None
            _, text = read(content)
        except (OSError, FileRefused):
            return None  # the next scan will say what became of it
        return Job(
            text=text,
            key=row.key,
            url=post.url,
            prefix=id_prefix(post),
            has_heading=bool(post.heading),
            syntax=PROFILES[self.settings.content.profile].syntax,
        )

    def _keep(self, connection: Connection, row: Row[Any], key: str, result: Any) -> None:
        of_row = (problems.c.key == row.key, problems.c.stage == STAGE)
        connection.execute(delete(problems).where(*of_row))
        if isinstance(result, Failure):
            hint = "simplify the Markdown, or give the post a `description`"
            problem = Problem(path=row.key, code=result.code, message=result.message, hint=hint)
            record(connection, [problem], STAGE)
            values = {"html": None, "summary": ""}
        else:
            values = {"html": result.html, "summary": result.summary}
        connection.execute(delete(bodies).where(bodies.c.owner == row.key))
        connection.execute(insert(bodies).values(key=key, owner=row.key, **values))
        self._note_links(connection, row.key, values["html"])

    def _note_links(self, connection: Connection, key: str, body: str | None) -> None:
        """Write down what a body links to: its groups are looked at when that appears or goes."""
        connection.execute(delete(targets).where(targets.c.owner == key))
        mentioned = links.mentioned(body or "", self.settings.site.url)
        if mentioned:
            pairs = [{"owner": key, "target": target} for target in sorted(mentioned)]
            connection.execute(insert(targets), pairs)

    def _remember(self, owners: dict[str, Row[Any]], results: dict[str, Any]) -> None:
        """Put good bodies into the ledger, for the day on which a file breaks."""
        rows = [
            {"n": owners[key].number, "html": result.html, "summary": result.summary}
            for key, result in results.items()
            if not isinstance(result, Failure)
        ]
        if rows:
            with self.ledger.begin() as connection:
                kept = update(entries).where(
                    entries.c.number == bindparam("n"), entries.c.post.is_not(None)
                )
                connection.execute(kept, rows)


def id_prefix(post: Post) -> str:
    """Return what is put before the ids in a body: made from the post's id, not its position."""
    return f"p{digest(post.id.encode())[:8]}-"


def _body_key(row: Row[Any], post: Post, profile: str) -> str:
    parts = (RENDERER, profile, row.key, row.body, post.url, post.id, str(bool(post.heading)))
    return digest("\n".join(parts).encode())
