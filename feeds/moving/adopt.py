"""`feeds adopt`: the ids that subscribers hold, taken from old feeds into the ledger."""

from __future__ import annotations

import contextlib
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from feeds.errors import FeedsError, PublisherRunning
from feeds.index.database import INDEX, LEDGER, open_index, open_ledger, reading
from feeds.index.identity import STAGE
from feeds.index.intake import Intake
from feeds.index.places import place
from feeds.index.rows import SETTLED, UNSETTLED
from feeds.index.selections import live
from feeds.index.tables import entries, posts, problems, selections
from feeds.moving.addresses import of_a_part
from feeds.moving.merging import Known, merge
from feeds.moving.old_feeds import OldFeed
from feeds.moving.workspace import workspace
from feeds.publisher.lock import take_lock
from feeds.settings import Settings

MAIN = "site"  # the selection that the site's own Atom feed shows


class Conflict(NamedTuple):
    """A post whose id is in the ledger, and which an old feed knows by another."""

    path: str
    held: str
    old: str


@dataclass(slots=True, kw_only=True)
class Adoption:
    """What was adopted.

    Attributes:
        matched: Path → id of the posts that are there.
        waiting: Entries whose post is not there; their ids are kept for it.
        elsewhere: How many entries are about pages of other sites.
        unknown: How many posts are in no old feed.
        conflicts: Posts that were left alone.
        notes: What could not be told apart.
        feed_id: What the site's Atom feed goes on with; None: nothing new.
    """

    matched: dict[str, str] = field(default_factory=dict)
    waiting: list[Known] = field(default_factory=list)
    elsewhere: int = 0
    unknown: int = 0
    conflicts: list[Conflict] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    feed_id: str | None = None


@dataclass(slots=True)
class _Plan:
    """What is to be written into the ledger.

    Attributes:
        paths: Of the posts that get other ids than they have now.
        left: Ids of old feeds that are not taken.
    """

    inserts: list[dict[str, Any]] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    left: set[str] = field(default_factory=set)
    conflicts: list[Conflict] = field(default_factory=list)
    feed_id: str | None = None

    def unsettle(self, index: Connection) -> None:
        """Let the next pass give every post concerned its new id."""
        if self.paths:
            again = update(posts).where(posts.c.key == bindparam("k"), posts.c.settled == SETTLED)
            index.execute(again.values(settled=UNSETTLED), [{"k": path} for path in self.paths])

    def write(self, ledger: Connection) -> None:
        """Write it into the ledger."""
        if self.inserts:
            ledger.execute(insert(entries), self.inserts)
        for values in self.updates:
            one = update(entries).where(entries.c.number == values["number"])
            ledger.execute(one.values(values))
        if self.feed_id is not None:
            of_site = selections.c.name == MAIN
            done = ledger.execute(update(selections).where(of_site).values(id=self.feed_id))
            if not done.rowcount:
                fresh = {"name": MAIN, "id": self.feed_id, "listed": "", "updated": 0}
                ledger.execute(insert(selections).values(fresh))


def adopt(
    settings: Settings, feeds: Sequence[OldFeed], clock: Callable[[], float], *,
    force: bool = False, dry_run: bool = False,
) -> Adoption:  # fmt: skip
    """Take the ids of old feeds into the ledger, and tell what the posts will have.

    Args:
        clock: Unix seconds.
        force: Replace ids that are in the ledger already.
        dry_run: Only tell.

    Raises:
        FeedsError: A publisher is running, or the site's address is this machine.
        SourceUnavailable: The folder of posts cannot be listed.
    """
    now = int(clock())
    with contextlib.ExitStack() as stack:
        if not dry_run:
            stack.callback(os.close, _lock(settings))
        intake = stack.enter_context(workspace(settings, clock))
        with reading(intake.index) as index, reading(intake.ledger) as ledger:
            here = _posts_by_place(index, now)
            known, notes = merge(feeds, settings.site.url, here)
            plan = _Planning(ledger, here, now, force).plan(known)
            plan.feed_id = _feed_id(ledger, feeds, plan.conflicts, force)
        with intake.index.begin() as index, intake.ledger.begin() as ledger:
            plan.unsettle(index)
            plan.write(ledger)
        intake.settle(now)
        report = _report(intake, known, plan, now)
        report.notes = notes + report.notes
        if not dry_run:
            _write(settings, plan)
    return report


def _lock(settings: Settings) -> int:
    assert settings.state.path is not None
    try:
        return take_lock(settings.state.path)
    except PublisherRunning as error:
        raise FeedsError(f"{error}: stop it first, then adopt and start it again") from None


def _write(settings: Settings, plan: _Plan) -> None:
    """Write to the site's own state: the index first, as what is lost there is made again."""
    assert settings.state.path is not None
    if (settings.state.path / INDEX).exists():
        engine = open_index(settings.state.path / INDEX)
        with engine.begin() as index:
            plan.unsettle(index)
        engine.dispose()
    engine = open_ledger(settings.state.path / LEDGER)
    with engine.begin() as ledger:
        plan.write(ledger)
    engine.dispose()


def _posts_by_place(index: Connection, now: int) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for key, url in index.execute(select(posts.c.key, posts.c.url).where(live(now))):
        found[place(url)].append(key)
    return found


class _Planning:
    """Compares what subscribers know with what the ledger holds, post by post."""

    def __init__(
        self, ledger: Connection, here: Mapping[str, list[str]], now: int, force: bool
    ) -> None:
        self._here, self._now, self._force = here, now, force
        self._by_id: dict[str, Row[Any]] = {}
        self._by_path: dict[str, Row[Any]] = {}
        self._by_place: dict[str, list[Row[Any]]] = defaultdict(list)
        self._number = (ledger.scalar(select(func.max(entries.c.number))) or 0) + 1
        self._given: set[str] = set()
        columns = "number path id atom_id json_id url place raw".split()
        for row in ledger.execute(select(*(entries.c[name] for name in columns))):
            for given in (row.json_id, row.atom_id, row.id):
                self._by_id[given] = row
            if row.path is not None:
                self._by_path[row.path] = row
            else:
                self._by_place[row.place or place(row.url)].append(row)

    def plan(self, known: Iterable[Known]) -> _Plan:
        plan = _Plan()
        for one in known:
            if one.id in self._given:
                continue  # of another format's entry: `merge` could not tell that it is the same
            self._given.add(one.id)
            held = self._held(one)
            if held is None:
                plan.inserts.append(self._new(one))
            else:
                self._compare(one, held, plan)
        return plan

    def _held(self, one: Known) -> Row[Any] | None:
        """Return the ledger's entry of a post: by its id, its file, or its old address."""
        for given in one.ids.values():
            if given in self._by_id:
                return self._by_id[given]
        here = self._here.get(one.place or "", [])
        if len(here) == 1 and here[0] in self._by_path:
            return self._by_path[here[0]]
        gone = self._by_place.get(one.place or "", [])
        only = gone[0] if len(gone) == 1 else None
        return only if only is not None and (only.id is None or only.place) else None

    def _new(self, one: Known) -> dict[str, Any]:
        """Return an entry that waits for its post: without path or digest of any file."""
        self._number += 1
        return {
            "number": self._number - 1,
            "id": one.id,
            "atom_id": one.ids.get("atom"),
            "json_id": one.json_id,
            "url": one.link,
            "place": one.place,
            "first": self._now,
            "edition": 1,
            **dict.fromkeys(("body", "raw", "public", "states"), ""),
        }

    def _compare(self, one: Known, held: Row[Any], plan: _Plan) -> None:
        # Of an entry that no document showed yet, what no old feed said is open.
        shown = {
            "rss": held.id,
            "atom": held.atom_id,
            "json": held.json_id or (held.id if held.raw else None),
        }
        if held.id is None:
            wanted, wrong = one.ids | {"rss": one.id}, []
        else:
            wanted = {name: one.ids[name] for name in one.ids if shown[name] != one.ids[name]}
            wrong = [name for name in wanted if shown[name] is not None]
        if wrong and not self._force:
            where = held.path or held.url
            plan.conflicts += [Conflict(where, shown[name], wanted[name]) for name in wrong]
            plan.left.add(one.id)
        elif wanted:
            columns = {"rss": "id", "atom": "atom_id", "json": "json_id"}
            values = {columns[name]: given for name, given in wanted.items()}
            plan.updates.append({"number": held.number, "place": one.place, **values})
            plan.paths += [held.path] if held.path else []


def _feed_id(
    ledger: Connection, feeds: Iterable[OldFeed], conflicts: list[Conflict], force: bool
) -> str | None:
    """Return the id of the first Atom feed, where the site's feed has none yet."""
    old = next((feed.id for feed in feeds if feed.id and not of_a_part(feed)), None)
    held = ledger.scalar(select(selections.c.id).where(selections.c.name == MAIN))
    if old is None or held == old:
        return None
    if held is not None and not force:
        conflicts.append(Conflict("the Atom feed itself", held, old))
        return None
    return old


def _report(intake: Intake, known: Sequence[Known], plan: _Plan, now: int) -> Adoption:
    with reading(intake.index) as index:
        settled = select(posts.c.key, posts.c.entry_id).where(posts.c.settled == SETTLED, live(now))
        path_of = {row.entry_id: row.key for row in index.execute(settled)}
        unclear = select(problems.c.key, problems.c.message).where(
            problems.c.stage == STAGE, problems.c.code == "F032"
        )
        notes = [f"{row.key}: {row.message}" for row in index.execute(unclear)]
    report = Adoption(conflicts=plan.conflicts, notes=notes, feed_id=plan.feed_id)
    for one in known:
        if (path := path_of.pop(one.id, None)) is not None:
            report.matched[path] = one.id
        elif one.place is None:
            report.elsewhere += 1
        elif one.id not in plan.left:
            report.waiting.append(one)
    report.unknown = len(set(path_of.values()) - {conflict.path for conflict in plan.conflicts})
    return report
