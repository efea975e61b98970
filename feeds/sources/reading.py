"""One file → a post, hidden, no post, or refused. Pure: bytes and site in, value out."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from feeds.errors import FileRefused, Problem
from feeds.model import Post
from feeds.sources import facts as fact
from feeds.sources import state
from feeds.sources.dialect import normalise
from feeds.sources.facts import Facts
from feeds.sources.front_matter import broken_header
from feeds.sources.surroundings import Surroundings

log = logging.getLogger("feeds.publisher")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What became of a file.

    Attributes:
        outcome: `post`, `hidden`, `not a post` or `refused`.
        post: Of a post, hidden or not.
        facts: Of every file that could be parsed.
        problems: In the order of discovery; of a refused file the last one says why.
        refused: Why the file was refused.
        header: What may be its header, where it was refused: see `state.state_lines`.
    """

    outcome: str
    post: Post | None = None
    facts: Facts | None = None
    problems: tuple[Problem, ...] = ()
    refused: FileRefused | None = None
    header: str = ""


def placed(key: str, site: Surroundings, *, bundled: bool = False) -> Reading | None:
    """Return what a file's place alone decides; None: it has to be read.

    Args:
        bundled: Its folder, or one above, is a page of its own (`index.md`).
    """
    if bundled and site.profile.bundles:
        return Reading(outcome="not a post", problems=(_said(key, "F005", "part of a bundle"),))
    if reason := state.no_post(key, site.profile):
        return Reading(outcome="not a post", problems=(_said(key, "F005", reason),))
    if reason := state.hidden_folder(key):
        return Reading(outcome="hidden", problems=(_said(key, "F006", reason),))
    return None


def understand(key: str, raw: bytes, site: Surroundings) -> Reading:
    """Return what a file is; whatever is in it, this does not raise."""
    if found := placed(key, site):
        return found
    try:
        facts, _ = fact.read(raw)
    except FileRefused as refused:
        return _refused(key, refused, None, broken_header(raw))
    except Exception as error:  # whatever one file does to us, the others are served
        log.exception("%s could not be read", key)
        return _refused(key, _unforeseen(error), None, broken_header(raw))
    return understood(key, facts, site)


def understood(key: str, facts: Facts, site: Surroundings) -> Reading:
    """Return what a file is whose facts are known."""
    if facts.bare and (not site.profile.bare or state.about(key)):
        said = _said(key, "F005", "without front matter")
        return Reading(outcome="not a post", facts=facts, problems=(said,))
    try:
        post, notes = normalise(key, facts, site)
    except state.NotAPost as reason:
        said = _said(key, "F005", str(reason))
        return Reading(outcome="not a post", facts=facts, problems=(*facts.problems(key), said))
    except FileRefused as refused:
        return _refused(key, refused, facts, facts.header)
    except Exception as error:
        log.exception("%s could not be read", key)
        return _refused(key, _unforeseen(error), facts, facts.header)
    problems = (*facts.problems(key), *notes)
    if post.hidden is None:
        return Reading(outcome="post", post=post, facts=facts, problems=problems)
    said = _said(key, "F006", post.hidden)
    return Reading(outcome="hidden", post=post, facts=facts, problems=(*problems, said))


def _refused(key: str, refused: FileRefused, facts: Facts | None, header: str) -> Reading:
    problems: tuple[Any, ...] = facts.problems(key) if facts else ()
    return Reading(
        outcome="refused",
        facts=facts,
        problems=(*problems, refused.problem(key)),
        refused=refused,
        header=header,
    )


def _said(key: str, code: str, reason: str) -> Problem:
    message, hint = _WORDS[code]
    return Problem(path=key, code=code, message=f"{message}: {reason}", hint=hint)


_WORDS = {
    "F005": ("the file is no post", "rename or move it if it is one"),
    "F006": ("the post is hidden", "nothing to do, if that is meant"),
}


def _unforeseen(error: Exception) -> FileRefused:
    message = f"reading the file failed ({type(error).__name__}); this is a fault of feeds"
    return FileRefused("F018", message, "report it with the file; the log has the details")
