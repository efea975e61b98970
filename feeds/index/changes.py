"""The difference between what is held and what is found, folder by folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from feeds.sources.folder import Listing, Stamp


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


class Compared(NamedTuple):
    """A folder whose changes have all been told: with this digest it need not be compared again."""

    prefix: str
    digest: str


def folder_of(key: str) -> str:
    """Return the folder of a key, with a final slash; of a folder itself that folder."""
    return key if key.endswith("/") else key[: key.rfind("/") + 1]


def changes(
    listings: Iterable[Listing],
    digests: Mapping[str, str],
    folders: Iterable[str],
    held: Callable[[str], Iterable[Held]],
) -> Iterator[Change | Compared]:
    """Compare a source with what is held; memory grows with the largest folder only.

    A folder that could not be listed leaves everything below it as it is.

    Args:
        digests: Folder → digest of when it was last compared.
        folders: The folders of which anything is held.
        held: Returns what is held of one folder.
    """
    gone = set(folders)
    unknown: list[str] = []
    for listing in listings:
        prefix = listing.prefix
        gone.discard(prefix)
        if listing.digest is not None and digests.get(prefix) == listing.digest:
            continue
        if any(stamp.key == prefix for stamp in listing.special):
            unknown.append(prefix)
            stamp = listing.special[0]
            if not any(old == (prefix, stamp.version, False) for old in held(prefix)):
                yield Change(key=prefix, held=None, found=stamp)
            continue
        yield from _within(listing, held(prefix))
        if listing.digest is not None:
            yield Compared(prefix, listing.digest)
    for prefix in sorted(gone):
        if not prefix.startswith(tuple(unknown)):
            yield from (Change(key=old.key, held=old, found=None) for old in held(prefix))


def _within(listing: Listing, held: Iterable[Held]) -> Iterator[Change]:
    olds = {old.key: old for old in held}
    for stamp in listing.stamps():
        old = olds.pop(stamp.key, None)
        if old is None or old.version != stamp.version or old.racy:
            yield Change(key=stamp.key, held=old, found=stamp)
    yield from (Change(key=old.key, held=old, found=None) for old in olds.values())
