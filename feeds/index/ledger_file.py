"""The ledger as a text file to be committed: one JSON object a line, sorted, made to be merged."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Integer, Row, Table, insert, select, update
from sqlalchemy.exc import DatabaseError

from feeds.errors import FeedsError
from feeds.index.database import INDEX, LEDGER, open_ledger, reading
from feeds.index.tables import entries, ledger_schema

Rows = dict[str, list[dict[str, Any]]]

_LEFT_OUT = {entries.c.html}
"""As large as all posts together, and only for files that broke: those keep their summary."""
_RISING = ("edition", "lastmod", "updated", "last_modified")
_CONFLICT = ("<<<<<<< ", "=======", ">>>>>>> ", "||||||| ")
_NUMBERS = range(-(2**63), 2**63)


def dump(state: Path) -> bytes:
    """Return the lines of the ledger in a state folder: equal ledgers give equal bytes."""
    engine = open_ledger(state / LEDGER)
    try:
        with reading(engine) as connection:
            lines = sorted(
                (table.name, _place(row), _line(table, row._asdict()))
                for table in ledger_schema.sorted_tables
                for row in connection.execute(select(table))
            )
    finally:
        engine.dispose()
    return "".join(line for *_, line in lines).encode()


def load(file: Path, state: Path, former: Path) -> None:
    """Make the ledger in the folder `state` say what `file` says.

    Where it says so already, it stays, and the index beside it with all that was rendered.

    Args:
        former: The folder of the site's ledger without a file, with which a new file begins.

    Raises:
        FeedsError: The file cannot be read, or a line is damaged: nothing was changed.
    """
    content = _said(file, former)
    held = None
    with contextlib.suppress(DatabaseError):  # it is a cache, and another version may have made it
        held = dump(state)
    if held != content:
        rows = parse(content, file)
        for name in (INDEX, LEDGER):
            for suffix in ("", "-wal", "-shm"):
                (state / (name + suffix)).unlink(missing_ok=True)
    ledger = open_ledger(state / LEDGER)
    with ledger.begin() as connection:
        for table in ledger_schema.sorted_tables if held != content else ():
            empty = dict.fromkeys(table.columns.keys())
            if found := [empty | row for row in rows[table.name]]:
                connection.execute(insert(table), found)
        # What the file does not say must show on no machine.
        connection.execute(update(entries).values(dict.fromkeys(_LEFT_OUT)))
    ledger.dispose()


def _said(file: Path, former: Path) -> bytes:
    if file.exists() and not file.is_file():  # /dev/null would be replaced, by root for everyone
        raise FeedsError(f"{file} is not a plain file: name one that may be written")
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return dump(former) if (former / LEDGER).exists() else b""
    except OSError as error:
        raise FeedsError(f"{file}: {error.strerror}; nothing was changed") from None


def write(file: Path, content: bytes) -> None:
    """Replace `file` if it says anything else."""
    fresh = file.with_name(f".{file.name}.feeds")
    try:
        fresh.unlink(missing_ok=True)
        if not file.exists() or file.read_bytes() != content:
            file.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_bytes(content)
            fresh.replace(file)
    except OSError as error:
        raise FeedsError(f"{file}: {error.strerror}; the ledger is not written") from None


def parse(content: bytes, file: Path) -> Rows:
    """Return table → rows of a ledger's lines, those of merged branches joined.

    Raises:
        FeedsError: It names the first line that is no row.
    """
    found: Rows = {table.name: [] for table in ledger_schema.sorted_tables}
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if line.strip():
            try:
                name, row = _row(line)
            except ValueError as error:
                raise FeedsError(f"{file}:{number}: {error}; nothing was changed") from None
            found[name].append(row)
    return {table.name: _joined(table, found[table.name]) for table in ledger_schema.sorted_tables}


def _place(row: Row[Any]) -> str:
    """Return what a table's lines are sorted by: it stays when other columns change."""
    said = row._mapping
    return next((said[name] for name in ("path", "name", "id") if said.get(name)), "")


def _line(table: Table, row: dict[str, Any]) -> str:
    """Return a row as a line. What is empty is left out: a new column changes no old line."""
    left_out = {column.name for column in table.columns if column in _LEFT_OUT}
    said = {key: value for key, value in row.items() if value is not None and key not in left_out}
    return json.dumps({table.name: said}, ensure_ascii=False, sort_keys=True) + "\n"


def _row(line: bytes) -> tuple[str, dict[str, Any]]:
    """Read a line; ValueError says what is wrong with it."""
    try:
        text = line.decode()
        if text.startswith(_CONFLICT):
            raise ValueError(
                "a merge is not finished: delete this line and the other marks, keep the lines "
                "of both sides"
            )
        read = json.loads(text)
        json.dumps(read, ensure_ascii=False).encode()  # half a character is no text
    except (UnicodeError, json.JSONDecodeError, RecursionError):
        raise ValueError(
            "this is no line of a ledger; take the line from the last commit, or delete it if "
            "its post may get a new id"
        ) from None
    if not isinstance(read, dict) or len(read) != 1:
        raise ValueError('this is no row; write it as {"table": {"column": …}}')
    ((name, row),) = read.items()
    if name not in ledger_schema.tables or not isinstance(row, dict):
        raise ValueError(f'"{name}" is no table; a newer version of feeds may have written it')
    table = ledger_schema.tables[name]
    if unknown := row.keys() - table.columns.keys():
        raise ValueError(
            f'"{min(unknown)}" is not known in {name}; a newer version of feeds may have written it'
        )
    for column in table.columns:
        if not _fits(row.get(column.name), column):
            raise ValueError(f'"{column.name}" is missing or of the wrong type')
    return name, row


def _fits(value: Any, column: Column[Any]) -> bool:
    if value is None:
        return bool(column.nullable)
    if isinstance(column.type, Integer):
        return type(value) is int and value in _NUMBERS
    return isinstance(value, str)


def _joined(table: Table, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return each row once: of two states of one thing the later."""
    latest: dict[Any, dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: _age(table, row)):
        latest[_name(table, row)] = row
    found = list(latest.values())
    return list(_renumbered(found)) if table is entries else found


def _age(table: Table, row: dict[str, Any]) -> Any:
    return [row.get(name) or 0 for name in _RISING], _line(table, row)


def _name(table: Table, row: dict[str, Any]) -> Any:
    """Return what tells whether two rows are about the same thing."""
    if table is not entries:
        return tuple(row[column.name] for column in table.primary_key)
    if "id" in row:
        return ("id", row["id"])
    return ("path", row["path"]) if "path" in row else ("row", _line(table, row))


def _renumbered(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield entries so that no two share a number or a path: the older one keeps it.

    Both branches of a merge gave their new posts the next numbers.
    """
    rows = sorted(rows, key=lambda row: (row["first"], _line(entries, row)))
    free = max((row["number"] for row in rows), default=0) + 1
    numbers: set[int] = set()
    paths: set[str] = set()
    for row in rows:
        changed: dict[str, Any] = {}
        if row["number"] in numbers:
            changed["number"], free = free, free + 1
        if row.get("path") in paths:  # its id stays taken, as that of a removed post
            changed |= {"path": None, "post": None}
        numbers.add(row["number"])
        paths |= {row["path"]} if row.get("path") else set()
        yield row | changed
