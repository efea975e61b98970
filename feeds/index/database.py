"""Opening the two databases: SQLite, WAL, one writer."""

from __future__ import annotations

import contextlib
import itertools
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import (
    Connection,
    Engine,
    RowMapping,
    Table,
    create_engine,
    event,
    insert,
    inspect,
    select,
)
from sqlalchemy.exc import DatabaseError
from sqlalchemy.schema import CreateColumn

from feeds.index.tables import INDEX_VERSION, index_schema, ledger_schema, meta

T = TypeVar("T")
Row = Mapping[str, Any] | RowMapping

BATCH = 1000  # rows of a transaction at most
INDEX, LEDGER, REVISION = "index.db", "ledger.db", "revision"


def connect(path: Path) -> Engine:
    """Return an engine whose transactions begin as writers, so that none fails half-way."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy begins; the driver would defer
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA cache_size=-32000")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        immediate = not connection.get_execution_options().get("reading")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


@contextlib.contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open a connection that only reads: it never waits for the writer."""
    with engine.connect().execution_options(reading=True) as connection:
        yield connection


def open_index(path: Path) -> Engine:
    """Open the index; one that is damaged, half filled or of another version is made anew."""
    engine = connect(path)
    try:
        with engine.begin() as connection:
            index_schema.create_all(connection)
            found = connection.scalar(select(meta.c.value).where(meta.c.name == "version"))
            if found is None:
                connection.execute(meta.insert().values(name="version", value=INDEX_VERSION))
            filling = connection.scalar(select(meta.c.name).where(meta.c.name == "loading"))
            if found in (None, INDEX_VERSION) and filling is None:
                return engine
    except DatabaseError:
        if not path.exists():
            raise
    engine.dispose()
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return open_index(path)


def open_ledger(path: Path) -> Engine:
    """Open the ledger, with its tables; one of an earlier release gets the columns it lacks."""
    engine = connect(path)
    with engine.begin() as connection:
        ledger_schema.create_all(connection)
        _add_columns(connection)
    with contextlib.suppress(OSError):
        path.chmod(0o600)
    return engine


def _add_columns(connection: Connection) -> None:
    """Bring the ledger's tables up to date: it is kept for ever. New columns are nullable."""
    found = inspect(connection)
    for table in ledger_schema.sorted_tables:
        held = {column["name"] for column in found.get_columns(table.name)}
        for column in table.columns:
            if column.name not in held:
                definition = CreateColumn(column).compile(connection)
                name = connection.dialect.identifier_preparer.format_table(table)
                connection.exec_driver_sql(f"ALTER TABLE {name} ADD COLUMN {definition}")
        for index in table.indexes:
            index.create(connection, checkfirst=True)


def copy(old: Path, new: Path) -> None:
    """Copy a database that may be in use."""
    if not old.exists():
        return
    source, target = sqlite3.connect(f"file:{old}?mode=ro", uri=True), sqlite3.connect(new)
    try:
        source.backup(target)
    finally:
        source.close()
        target.close()


def insert_many(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows that have the same columns: in half the time, as nothing is converted."""
    if rows:
        statement = insert(table).compile(connection, column_keys=list(rows[0]))
        assert statement.positiontup is not None, "SQLite's driver takes values by position"
        values = [tuple(map(row.__getitem__, statement.positiontup)) for row in rows]
        connection.exec_driver_sql(str(statement), values)


@contextlib.contextmanager
def without_indexes(connection: Connection, table: Table, *having: str) -> Iterator[None]:
    """Take the indexes with one of these columns away, or all: made anew, they cost a third."""
    taken = [
        one for one in table.indexes if not having or any(name in one.columns for name in having)
    ]
    for one in taken:
        one.drop(connection, checkfirst=True)
    yield
    for one in taken:
        one.create(connection)


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield the items in lists of `size`, the last one shorter."""
    iterator = iter(items)
    while batch := list(itertools.islice(iterator, size)):
        yield batch
