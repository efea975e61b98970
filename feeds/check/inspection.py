"""Every file looked at once: its text is checked and its body rendered, when either changed."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from urllib.parse import unquote, urlsplit

from sqlalchemy import Row, bindparam, delete, insert, select

from feeds.check.fields import Source
from feeds.check.lint import Mention, lint
from feeds.errors import FileRefused, Problem
from feeds.index.database import reading
from feeds.index.intake import Intake
from feeds.index.sync import record
from feeds.index.tables import checked, mentions, posts, problems
from feeds.model import Post
from feeds.publisher.bodies import Failure, Job, Renderer
from feeds.sources import keys
from feeds.sources.facts import Facts, digest, read
from feeds.sources.front_matter import decode
from feeds.sources.markup import FILE_LINK, RENDERER, Body
from feeds.sources.protocol import Files
from feeds.sources.surroundings import Surroundings
from feeds.sources.syntax import NAME_LINK

VERSION = f"2 {RENDERER}"
"""Raise it when a check changes: all files are looked at again."""

BATCH = 200
STAGE = "lint"
_NAIVE = re.compile(r"\d{4}[-/]\d\d?[-/]\d\d?[T ]+\d\d?:\d\d(?::\d\d)?(?:\.\d+)?")
_HREF = re.compile(rf'href="((?:{re.escape(FILE_LINK)}|{re.escape(NAME_LINK)})[^"]*)"')
_ID = re.compile(r"[a-z0-9_.-]+")


def inspect(intake: Intake, site: Surroundings, renderer: Renderer) -> int:
    """Check what is new or changed since the last time; return how many files that were.

    While the bodies of one batch are rendered, the next one's texts are checked.
    """
    _forget(intake)
    source, count = intake.source, 0
    waiting: tuple[list[_Inspected], Future[Any]] | None = None
    with ThreadPoolExecutor(1) as thread:
        for rows in _batches(intake, site):
            batch = [_Inspected(row, source, site) for row in rows]
            count += len(batch)
            if waiting is not None:
                _write(intake, *waiting)
            jobs = {one.key: one.job for one in batch if one.job is not None}
            waiting = batch, thread.submit(renderer.render, jobs)
        if waiting is not None:
            _write(intake, *waiting)
    return count


def _batches(intake: Intake, site: Surroundings) -> Iterator[Sequence[Row[Any]]]:
    """Yield the rows of files to look at, by key."""
    done = {}
    with reading(intake.index) as connection:
        rows = connection.execute(select(checked.c.key, checked.c.version))
        done = {row.key: row.version for row in rows}
        known = select(posts.c.key, posts.c.raw, posts.c.url, posts.c.outcome)
        shown = known.where(posts.c.facts.is_not(None)).order_by(posts.c.key)
        fresh = [
            row.key for row in connection.execute(shown) if done.get(row.key) != _version(row, site)
        ]
        for start in range(0, len(fresh), BATCH):
            some = select(posts).where(posts.c.key.in_(fresh[start : start + BATCH]))
            yield list(connection.execute(some.order_by(posts.c.key)))


def _version(row: Any, site: Surroundings) -> str:
    return digest(f"{VERSION} {row.raw} {row.url} {row.outcome} {site.digest}".encode())


def _forget(intake: Intake) -> None:
    here = select(posts.c.key)
    with intake.index.begin() as connection:
        for table in (checked, mentions):
            connection.execute(delete(table).where(table.c.key.not_in(here)))


class _Inspected:
    """One file: what its text says, and the job of rendering its body."""

    def __init__(self, row: Row[Any], source: Files, site: Surroundings) -> None:
        self.key, self.version, self.site = row.key, _version(row, site), site
        self.job: Job | None = None
        self.problems: list[Problem] = []
        self.mentions: list[Mention] = []
        self.post = Post.loads(row.post) if row.post is not None else None
        self.facts = Facts.loads(row.facts)
        try:
            _, content = source.read(row.key)
            self.text, _ = decode(content)
            _, body = read(content)
        except (OSError, FileRefused):
            return  # the next time will tell what became of it
        if digest(content) != row.raw or row.outcome not in ("post", "hidden"):
            return
        self._lint(body)
        if self.post is not None and row.outcome == "post":
            self.job = Job(
                text=body,
                key=row.key,
                url=self.post.url,
                prefix="p-",
                has_heading=bool(self.post.heading),
                syntax=site.profile.syntax,
            )

    def _lint(self, body: str) -> None:
        post, facts = self.post, self.facts
        self.body_line = self.text.count("\n", 0, len(self.text.rstrip()) - len(body)) + 1
        found = lint(
            Source(
                key=self.key,
                text=self.text,
                body_line=self.body_line,
                mapping=facts.mapping,
                header=facts.header,
                header_line=facts.header_line,
                title=post.title if post else None,
                summary=post.summary if post else None,
                mdx=self.key.endswith(".mdx"),
            )
        )
        self.problems += found.problems
        self.mentions += found.mentions
        for written, value in facts.mapping.items():
            self._field(keys.canonical(written), written, value)

    def _field(self, name: str, written: str, value: Any) -> None:
        """Note what only all files together make a problem."""
        place = self.facts.locate(written)
        dates = (*keys.PUBLISHED, *keys.UPDATED)
        if name in dates and isinstance(value, str) and _NAIVE.fullmatch(value.strip()):
            self.mentions.append(Mention("naive", written, *place))
        if self.post is None:
            return
        if name in (*keys.TAGS, *keys.CATEGORIES):
            self.mentions += [Mention("tag", tag, *place) for tag in self.post.tags]
        if name in keys.AUTHORS and self.site.settings.content.authors is not None:
            known = {author.name for author in self.site.authors.values()}
            unknown = {author.name for author in self.post.authors if _ID.fullmatch(author.name)}
            self.mentions += [Mention("author", name, *place) for name in sorted(unknown - known)]
        if name == "translations":
            self.mentions += [Mention("translation", url, *place) for url in _addresses(value)]

    def rendered(self, result: Body | Failure) -> None:
        """Take in what rendering the body said."""
        if isinstance(result, Failure):
            hint = "shorten the body, or look for markup that is never closed"
            self.problems.append(
                Problem(path=self.key, code=result.code, message=result.message, hint=hint)
            )
            return
        for name, line, column in result.unmapped:
            self.mentions.append(Mention("syntax", name, self.body_line + line - 1, column))
        for href in dict.fromkeys(_HREF.findall(result.html)):
            reference = html.unescape(href)
            place = self._place(reference)
            self.mentions.append(Mention("file", reference, *place))

    def _place(self, reference: str) -> tuple[int, int]:
        """Return where the text has the last part of a reference, roughly."""
        name = unquote(urlsplit(reference).path).rpartition("/")[2]
        at = self.text.find(name)
        return self.text.count("\n", 0, max(at, 0)) + 1, at - self.text.rfind("\n", 0, max(at, 0))


def _addresses(value: Any) -> Iterator[str]:
    """Yield the addresses in a list or mapping of translations."""
    items = value.values() if isinstance(value, dict) else value
    for item in items if items and not isinstance(items, (str, bool)) else ():
        found = item.get("url") or item.get("path") if isinstance(item, dict) else item
        if isinstance(found, str) and "/" in found:
            yield found


def _write(intake: Intake, batch: list[_Inspected], rendering: Future[Any]) -> None:
    results = rendering.result()
    for one in batch:
        if one.key in results:
            one.rendered(results[one.key])
    here = [{"k": one.key} for one in batch]
    sizes = {key: len(result.html) for key, result in results.items() if isinstance(result, Body)}
    rows = [
        {"key": one.key, "version": one.version, "size": sizes.get(one.key, 0)} for one in batch
    ]
    named = [
        {"key": one.key, "position": position, "kind": found.kind, "name": found.name,
         "line": found.line, "column": found.column}
        for one in batch
        for position, found in enumerate(one.mentions)
    ]  # fmt: skip
    with intake.index.begin() as connection:
        for table in (checked, mentions):
            connection.execute(delete(table).where(table.c.key == bindparam("k")), here)
        old = delete(problems).where(problems.c.key == bindparam("k"), problems.c.stage == STAGE)
        connection.execute(old, here)
        connection.execute(insert(checked), rows)
        if named:
            connection.execute(insert(mentions), named)
        record(connection, [found for one in batch for found in one.problems], STAGE)
