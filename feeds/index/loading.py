"""The first filling of an index: its tables first, then what finds rows in them.

Adding 100,000 rows to a table with nine indexes costs three times as much as adding them and
making the indexes then. An index whose filling was cut short is thrown away (`open_index`).
"""

from __future__ import annotations

from sqlalchemy import Connection, Engine, delete, insert, select

from feeds.index import groupings
from feeds.index.tables import documents, members, meta, posts

MARK = "loading"


def begin(index: Engine) -> None:
    """Take the indexes away, if nothing was ever published from here."""
    with index.begin() as connection:
        if connection.execute(select(documents.c.path).limit(1)).first() is None:
            connection.execute(insert(meta).values(name=MARK, value=""))
            for table in (posts, members):
                for one in table.indexes:
                    one.drop(connection, checkfirst=True)


def going_on(connection: Connection) -> bool:
    """Tell whether an index is being filled, or was when its publisher ended."""
    return connection.execute(select(meta.c.name).where(meta.c.name == MARK)).first() is not None


def finish(index: Engine) -> None:
    """Make the indexes."""
    with index.begin() as connection:
        if going_on(connection):
            connection.execute(delete(meta).where(meta.c.name == MARK))
            for table in (posts, members):
                for one in table.indexes:
                    one.create(connection, checkfirst=True)
            groupings.touch_all(connection, ())
