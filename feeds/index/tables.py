"""The tables. The index may be deleted at any time; the ledger is kept for ever."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
)

index_schema = MetaData()
ledger_schema = MetaData()

meta = Table(
    "meta",
    index_schema,
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
)

posts = Table(
    "posts",
    index_schema,
    Column("key", String, primary_key=True),
    Column("folder", String, nullable=False),  # with a final slash
    Column("version", String, nullable=False),  # the source's stamp
    Column("racy", Boolean, nullable=False),  # changed just before it was read: look again
    Column("raw", String, nullable=False),  # digest of the bytes
    Column("outcome", String, nullable=False),  # see OUTCOMES
    Column("facts", String),  # `Facts`, as JSON
    Column("post", String),  # `Post`, as JSON, without its ids
    Column("public", String),  # digest of everything that readers see of it
    Column("body", String),  # digest of the Markdown
    Column("likeness", String),  # digest of title and date; None without one of them
    Column("states", String),  # the header's lines about publication
    Column("name", String),  # of the file, without extension, folded: wikilinks find it
    Column("url", String),
    Column("mapped", Boolean),  # may be in the sitemap
    Column("stretch", String),  # see index.stretches
    Column("cascade", String),  # of a section's page: front matter for what is below, as JSON
    Column("explicit_id", String),
    Column("former_id", String),  # the one that the site's generator gave it
    Column("published", Integer),
    Column("live_from", Integer),  # hidden before
    Column("live_until", Integer),  # hidden from then on
    Column("settled", Integer, nullable=False),  # see index.identity
    Column("entry_id", String),
    Column("atom_id", String),
    Column("json_id", String),  # where it is not `entry_id`
    Column("number", Integer),  # of the ledger's entry
    Column("edition", Integer),  # counts the changes of the entry
    Column("newest", Integer),  # the later of the author's dates
    Column("lastmod", Integer),  # for the sitemap
)
# Holds all that a scan reads.
Index("posts_scan", posts.c.folder, posts.c.key, posts.c.version, posts.c.racy)
Index(
    "posts_outcomes", posts.c.outcome, posts.c.settled, posts.c.live_from, posts.c.live_until,
    posts.c.published,
)  # fmt: skip
Index("posts_newest", posts.c.settled, posts.c.published, posts.c.entry_id)
Index("posts_stretch", posts.c.stretch)
Index("posts_due", posts.c.live_from)
Index("posts_until", posts.c.live_until)
Index("posts_url", posts.c.url)
Index("posts_entry", posts.c.entry_id)
Index("posts_likeness", posts.c.likeness)
Index("posts_name", posts.c.name)
Index("posts_cascade", posts.c.cascade)

stretches = Table(
    "stretches",  # what the sitemap has of each year, month and day; of a very full day, its parts
    index_schema,
    Column("name", String, primary_key=True),
    Column("parent", String, nullable=False, index=True),
    Column("urls", Integer, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("digest", String, nullable=False),
    Column("newest", Integer),  # the latest lastmod
)

stale = Table(
    "stale",  # the stretches that are to be counted again
    index_schema,
    Column("name", String, primary_key=True),
)

problems = Table(
    "problems",
    index_schema,
    Column("key", String, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("stage", String, primary_key=True),  # which step found it, and clears it again
    Column("line", Integer, nullable=False),
    Column("column", Integer, nullable=False),
    Column("code", String, nullable=False),
    Column("message", String, nullable=False),
    Column("hint", String, nullable=False),
)

members = Table(
    "members",
    index_schema,
    Column("kind", String, primary_key=True),  # of a grouping: tags, sections…
    Column("name", String, primary_key=True),  # of the group, folded
    Column("key", String, primary_key=True),
    Column("title", String, nullable=False),  # the name as the post's author wrote it
    Column("published", Integer, nullable=False),
)
Index("members_key", members.c.key)
Index("members_newest", members.c.kind, members.c.name, members.c.published, members.c.key)

touched = Table(
    "touched",
    index_schema,
    Column("kind", String, primary_key=True),
    Column("name", String, primary_key=True),
)

grouped = Table(
    "grouped",  # the groups that have documents
    index_schema,
    Column("kind", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("title", String, nullable=False),  # empty: it lists no post now
    Column("soon", Boolean, nullable=False),  # one of its posts appears or expires shortly
)
Index("grouped_soon", grouped.c.soon)

targets = Table(
    "targets",  # what the bodies of posts link to
    index_schema,
    Column("owner", String, primary_key=True),  # key of the post
    Column("target", String, primary_key=True),
)
Index("targets_target", targets.c.target)

bodies = Table(
    "bodies",
    index_schema,
    Column("key", String, primary_key=True),
    Column("owner", String, nullable=False, index=True),  # key of the post
    Column("html", String),
    Column("summary", String, nullable=False),
)

folders = Table(
    "folders",
    index_schema,
    Column("prefix", String, primary_key=True),
    Column("digest", String, nullable=False),  # of its files' names and versions
)

checked = Table(
    "checked",
    index_schema,
    Column("key", String, primary_key=True),
    Column("version", String, nullable=False),  # of the file, its address and the checks
    Column("size", Integer, nullable=False),  # of the rendered body, in bytes
)

mentions = Table(
    "mentions",
    index_schema,
    Column("key", String, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("kind", String, nullable=False, index=True),
    Column("name", String, nullable=False),
    Column("line", Integer, nullable=False),
    Column("column", Integer, nullable=False),
)

documents = Table(
    "documents",
    index_schema,
    Column("path", String, primary_key=True),
    Column("format", String, nullable=False),  # also `redirect` and `gone`
    Column("owner", String, nullable=False, index=True),  # the group's selection; empty: the site
    Column("revision", Integer, nullable=False, index=True),
    Column("key", String, nullable=False),  # digest of everything it was made from
    Column("digest", String, nullable=False),  # of the identity bytes
    Column("last_modified", Integer, nullable=False),
    Column("cache_control", String, nullable=False),
    Column("link", String),  # the Link header
    Column("location", String),  # of a redirect
    Column("entries", Integer, nullable=False),
    Column("identity", LargeBinary, nullable=False),
    Column("gzip", LargeBinary, nullable=False),
    Column("br", LargeBinary, nullable=False),
)

INDEX_VERSION = "2 " + " ".join(
    f"{table.name}({','.join(column.name for column in table.columns)})"
    for table in index_schema.sorted_tables
)
"""Of another version the index is built anew: raise it with an index, or a column's meaning."""

entries = Table(
    "entries",
    ledger_schema,
    Column("number", Integer, primary_key=True),
    Column("path", String, unique=True),
    Column("id", String, unique=True),  # None while provisional
    Column("atom_id", String, index=True),
    Column("json_id", String, index=True),  # where it is not `id`
    Column("url", String, index=True),
    Column("place", String, index=True),  # of an entry adopted from an old feed; index.places
    Column("body", String, index=True),
    Column("likeness", String, index=True),  # digest of title and date
    Column("raw", String, nullable=False),
    Column("public", String, nullable=False),
    Column("edition", Integer, nullable=False),
    Column("lastmod", Integer),  # of the last change of file and public fields
    Column("first", Integer, nullable=False),
    Column("post", String),  # the last good entry; None once its author hid or removed it
    Column("states", String, nullable=False),
    Column("html", String),  # the last good body, once a document needed it
    Column("summary", String),
)

selections = Table(
    "selections",
    ledger_schema,
    Column("name", String, primary_key=True),
    Column("id", String),  # of the Atom feed; None while provisional
    Column("listed", String, nullable=False),  # digest of entries and editions; empty: none yet
    Column("updated", Integer, nullable=False),
)

states = Table(
    "documents",
    ledger_schema,
    Column("path", String, primary_key=True),
    Column("digest", String, nullable=False),
    Column("last_modified", Integer, nullable=False),
)
