"""`feeds check`: everything that is wrong with a site, and what became of each file.

Has an index of its own below the state folder, so that it may run beside a publisher,
changes nothing that is published, and looks the second time only at what changed.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, bindparam, delete, insert, select, update

from feeds.check.across import across, missing_images
from feeds.check.inspection import VERSION, inspect
from feeds.errors import CODES
from feeds.index import selections as chosen
from feeds.index.database import INDEX, LEDGER, copy, open_index, open_ledger, reading
from feeds.index.intake import Intake
from feeds.index.rows import SETTLED, UNSETTLED
from feeds.index.sync import record
from feeds.index.tables import entries, meta, posts, problems
from feeds.publisher.bodies import Job, Renderer
from feeds.publisher.lock import take_lock
from feeds.settings import Settings
from feeds.sources.facts import digest

FOLDER = "check"
STAGE = "site"
PATIENCE = 20  # times that a file in motion is waited for, 0.1 s each


def check(settings: Settings, clock: Callable[[], float]) -> dict[str, Any]:
    """Return `problems`, in the order of files, and `files`: outcome → number of files.

    Raises:
        SourceUnavailable: The folder cannot be listed.
    """
    with beside(settings) as (intake, stamp):
        return _report(intake, clock, stamp)


@contextlib.contextmanager
def beside(settings: Settings) -> Iterator[tuple[Intake, str]]:
    """Open an index and a copy of the ledger beside a publisher's; and what tells its state."""
    assert settings.state.path is not None
    folder = settings.state.path / FOLDER
    lock = take_lock(folder, wait=True)
    index = open_index(folder / INDEX)
    try:
        ledger, stamp = _refreshed(index, settings.state.path / LEDGER, folder / LEDGER)
        try:
            yield Intake(index, ledger, settings), stamp
        finally:
            ledger.dispose()
    finally:
        index.dispose()
        os.close(lock)


def scanned(intake: Intake, clock: Callable[[], float]) -> int:
    """Bring the index up to date; return how many files changed."""
    changed = 0
    for _ in range(PATIENCE):
        scan = intake.scan(None, int(clock() * 1e9), trust=True)
        changed += scan.changed
        if not scan.restless:
            break
        time.sleep(0.1)
    return changed


def _warm(renderer: Renderer) -> threading.Thread:
    """Start the processes that render while the files are read: the first time needs them."""
    job = Job(text="", key="", url="", prefix="", has_heading=False, syntax=frozenset())
    thread = threading.Thread(target=renderer.render, args=({"": job},))
    thread.start()
    return thread


def _report(intake: Intake, clock: Callable[[], float], ledger: str) -> dict[str, Any]:
    with reading(intake.index) as connection:
        known = _meta(connection, "seen")
    renderer = Renderer()
    starting = _warm(renderer) if known is None else None
    try:
        return _looked_at(intake, clock, ledger, known, renderer)
    finally:
        if starting is not None:
            starting.join()
        renderer.close()


def _looked_at(
    intake: Intake, clock: Callable[[], float], ledger: str, known: str | None, renderer: Renderer
) -> dict[str, Any]:
    site = intake.apply()
    changed = scanned(intake, clock)
    now = int(clock())
    # What the report depends on beside the files; the hour, as posts become due.
    shown = intake.settings.model_dump_json(exclude={"state"})
    seen = digest(f"{VERSION} {ledger} {site.digest} {shown} {now // 3600}".encode())
    if changed or known != seen:
        _look(intake, renderer, seen, now)
    settings = intake.settings
    source = settings.content.source
    with reading(intake.index) as connection:
        images = missing_images(connection, source)
        found = [_Row(*row) for row in connection.execute(_STORED)]
        found += [_Row(*(getattr(item, name) for name in _Row._fields)) for item in images]
        files = json.loads(_meta(connection, "outcomes") or "{}")
    return {"problems": [_shown(source, row) for row in sorted(found)], "files": files}


def _look(intake: Intake, renderer: Renderer, seen: str, now: int) -> None:
    """Look at the files that changed, then at all together, and keep what was found."""
    intake.settle(now)
    inspect(intake, intake.surroundings(), renderer)
    with reading(intake.index) as connection:
        found = list(across(connection, intake.settings, now))
        outcomes = json.dumps(chosen.outcomes(connection, now))
    held = {"seen": seen, "outcomes": outcomes}
    with intake.index.begin() as connection:
        connection.execute(delete(problems).where(problems.c.stage == STAGE))
        record(connection, found, STAGE)
        connection.execute(delete(meta).where(meta.c.name.in_(held)))
        connection.execute(insert(meta), [{"name": k, "value": v} for k, v in held.items()])


def _meta(connection: Connection, name: str) -> str | None:
    found: str | None = connection.scalar(select(meta.c.value).where(meta.c.name == name))
    return found


def _refreshed(index: Engine, ledger: Path, own: Path) -> tuple[Engine, str]:
    """Open our copy of the ledger, as new as the publisher's; and return what tells its state."""
    stamp = " ".join(
        f"{stat.st_mtime_ns}:{stat.st_size}"
        for path in (ledger, ledger.with_name(f"{ledger.name}-wal"))
        if path.exists()
        for stat in (path.stat(),)
    )
    with reading(index) as connection:
        fresh = stamp != _meta(connection, "ledger")
    if fresh:
        for suffix in ("", "-wal", "-shm"):
            own.with_name(own.name + suffix).unlink(missing_ok=True)
        copy(ledger, own)
    engine = open_ledger(own)
    if fresh:
        _forget_ids(index, engine)
        with index.begin() as connection:
            connection.execute(delete(meta).where(meta.c.name == "ledger"))
            connection.execute(insert(meta).values(name="ledger", value=stamp))
    return engine, stamp


def _forget_ids(index: Engine, ledger: Engine) -> None:
    """Take back the ids that were given beside the copy before, where the ledger has others."""
    with reading(ledger) as connection:
        rows = connection.execute(select(entries.c.path, entries.c.number, entries.c.id))
        held = {row.path: (row.number, row.id) for row in rows}
    with index.begin() as connection:
        mine = select(posts.c.key, posts.c.number, posts.c.entry_id)
        settled = mine.where(posts.c.outcome == "post", posts.c.settled == SETTLED)
        stale = [
            {"k": row.key}
            for row in connection.execute(settled)
            if held.get(row.key) not in ((row.number, row.entry_id), (row.number, None))
        ]
        if stale:
            again = update(posts).where(posts.c.key == bindparam("k")).values(settled=UNSETTLED)
            connection.execute(again, stale)


class _Row(NamedTuple):
    path: str
    line: int
    column: int
    code: str
    message: str
    hint: str


_STORED = select(
    problems.c.key, problems.c.line, problems.c.column, problems.c.code, problems.c.message,
    problems.c.hint,
)  # fmt: skip


def _shown(source: Path, row: _Row) -> dict[str, Any]:
    return {
        "path": shown_path(source, row.path),
        "line": row.line,
        "column": row.column,
        "severity": CODES[row.code][0],
        "code": row.code,
        "message": row.message,
        "hint": row.hint,
    }


def shown_path(source: Path, key: str) -> str:
    """Return a file's path as a terminal can open it: relative to here, if it is below."""
    path = source / key
    try:
        return os.fspath(path.relative_to(Path.cwd()))
    except ValueError:
        return os.fspath(path)
