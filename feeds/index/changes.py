"""The difference between what is held and what is found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from feeds.sources.folder import Stamp


class Held(NamedTuple):
    """What the index holds of a file. `racy`: it may have changed without its version."""

    key: str
    version: str
    racy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A key that is to be looked at: `held` None: new; `found` None: gone."""

    key: str
    held: Held | None
    found: Stamp | None


def changes(held: Iterable[Held], found: Iterable[Stamp]) -> Iterator[Change]:
    """Compare two listings, both sorted by key, in one pass.

    Memory does not grow with the number of files: a million posts are merged as two
    streams. A folder that could not be listed leaves everything below it as it is.
    """
    olds, news = iter(held), iter(found)
    old, new = next(olds, None), next(news, None)
    while old or new:
        if old and new and new.key.endswith("/") and old.key.startswith(new.key):
            old = next(olds, None)
        elif old and (new is None or old.key < new.key):
            yield Change(key=old.key, held=old, found=None)
            old = next(olds, None)
        elif new and (old is None or new.key < old.key):
            yield Change(key=new.key, held=None, found=new)
            new = next(news, None)
        elif old and new:
            if old.version != new.version or old.racy:
                yield Change(key=new.key, held=old, found=new)
            old, new = next(olds, None), next(news, None)
