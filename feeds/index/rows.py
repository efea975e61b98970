"""What was read of one file → its row in the index, without a database.

Light to import, as the processes that read files for the index need nothing else of it.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any, NamedTuple

from feeds.errors import FileRefused, Problem
from feeds.model import Post
from feeds.sources.facts import digest
from feeds.sources.groupings import memberships
from feeds.sources.permalinks import named
from feeds.sources.reading import Reading
from feeds.sources.state import state_lines
from feeds.sources.surroundings import Surroundings

UNSETTLED, SETTLED, DUPLICATE = 0, 1, 2
"""Whether a post has its id: see index.identity."""

NO_POST: dict[str, Any] = dict.fromkeys(
    "facts post public body likeness states name url mapped stretch cascade explicit_id former_id "
    "published live_from live_until entry_id atom_id json_id number edition newest lastmod".split()
) | {"groups": ()}
"""The columns of a file that is no post."""


class Made(NamedTuple):
    """The row of a file that was read, and its problems.

    Attributes:
        refused, header: Of a file that was refused, as `Reading` has them: the ledger decides
            what becomes of it. `problems` are then the others.
    """

    row: dict[str, Any]
    problems: list[Problem]
    refused: FileRefused | None = None
    header: str = ""


def made(base: dict[str, Any], found: Reading, site: Surroundings) -> Made:
    """Return the row of a file: `base`, and what reading it found."""
    row = dict(base)
    if found.facts is not None:
        row["facts"] = found.facts.dumps()
    if found.refused is not None:
        return Made(row, list(found.problems[:-1]), found.refused, found.header)
    row["outcome"] = found.outcome
    if found.post is not None and found.facts is not None:
        body = found.facts.body_digest
        row |= {
            "public": public_digest(found.post, body),
            "body": body,
            "states": "\n".join(state_lines(found.facts.header)),
            "groups": memberships(found.post, site),
            **columns(found.post, found.post.dumps()),
        }
    return Made(row, list(found.problems))


def columns(post: Post, dumped: str) -> dict[str, Any]:
    """Return the columns that a post fills whether or not it has an id."""
    return {
        "post": dumped,
        "url": post.url,
        "name": named(post.path, ()).stem.casefold(),
        "mapped": post.mapped,
        "stretch": stretch(post.path, post.published),
        "explicit_id": post.explicit_id,
        "former_id": post.former_id,
        "published": post.published,
        "likeness": likeness(post),
        "live_from": latest(post.published, post.go_live),
        "live_until": post.expires,
        "newest": post.newest,
    }


def stretch(path: str, published: int | None, undated: str = "undated") -> str:
    """Return which part of the sitemap a post is in; see index.stretches."""
    day = undated
    if published is not None:
        day = datetime.fromtimestamp(published, UTC).date().isoformat()
    return f"{day}-{hashlib.blake2b(path.encode(), digest_size=2).hexdigest()[:3]}"


def likeness(post: Post) -> str | None:
    """Return a digest of title and date: it tells an edited post. None: one of them is missing."""
    if not post.title or post.published is None:
        return None
    return digest(f"{post.published} {post.title}".encode())


def public_digest(post: Post, body: str) -> str:
    """Return a digest of everything that readers see of a post."""
    return digest(f"{post.dumps(without=_NOT_SHOWN)} {body}".encode())


_NOT_SHOWN = frozenset(
    "path id atom_id json_id explicit_id former_id hidden go_live expires mapped".split()
)


def latest(*moments: int | None) -> int | None:
    """Return the latest of the moments that are known."""
    return max((moment for moment in moments if moment is not None), default=None)
