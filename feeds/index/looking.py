"""What one file is now → what the index writes of it, without a database.

Light to import: processes that read files for a large scan import this and nothing above it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from feeds.errors import FileRefused, Problem
from feeds.index.changes import folder_of
from feeds.index.rows import NO_POST, UNSETTLED, made
from feeds.sources import cascades, reading
from feeds.sources.facts import digest
from feeds.sources.folder import Stamp
from feeds.sources.protocol import Files
from feeds.sources.surroundings import Surroundings

STILL_NS = 100_000_000  # a file counts when it has been still for this long
RACY_NS = 2_000_000_000  # the coarsest time stamps of file systems in use


class Looked(NamedTuple):
    """What became of one file.

    Attributes:
        row: What is to be written; None: it was being written, look again.
        problems: What was odd, without `refused`.
        refused: Why it cannot be read; the ledger decides what becomes of it.
        header: What may be the front matter of a file that was refused; None: it could not
            even be opened.
        same: Its bytes are those that are held: of `row` only `version` and `racy` are new.
        read: Its bytes were read.
    """

    row: dict[str, Any] | None
    problems: list[Problem] = []  # noqa: RUF012 (never changed)
    refused: FileRefused | None = None
    header: str | None = None
    same: bool = False
    read: bool = False


def still(stamp: Stamp, now_ns: int) -> bool:
    """Tell whether a file has not changed for a while; long after `now_ns`: a clock was set."""
    age = now_ns - stamp.changed_ns
    return stamp.refused is not None or not -RACY_NS < age < STILL_NS


def look(source: Files, site: Surroundings, stamp: Stamp, raw: str | None, now_ns: int) -> Looked:
    """Read one file.

    Args:
        raw: Digest of the bytes that are held; None: it is new.
        now_ns: When the scan began, in Unix nanoseconds.
    """
    base = NO_POST | {"key": stamp.key, "folder": folder_of(stamp.key), "version": stamp.version}
    base |= {"racy": False, "raw": "", "settled": UNSETTLED, "outcome": "refused"}
    placed = place(source, site, stamp.key)
    if placed is not None and not cascades.may_have(stamp.key, site.profile):
        return Looked(*made(base, placed, site))
    if stamp.refused is not None:
        return Looked(base, refused=stamp.refused)
    try:
        version, content = source.read(stamp.key)
    except (FileNotFoundError, BlockingIOError):
        return Looked(None)
    except FileRefused as refused:
        base["racy"] = refused.code == "F001"  # it may be readable without having changed
        return Looked(base, refused=refused)
    if version not in (None, stamp.version):
        return Looked(None)
    base |= {"racy": 0 <= now_ns - stamp.changed_ns < RACY_NS, "raw": digest(content)}
    if raw == base["raw"]:
        return Looked(base, same=True, read=True)
    if placed is not None:
        base["cascade"] = cascades.of(stamp.key, content, site.profile)
    found = placed or reading.understand(stamp.key, content, site)
    return Looked(*made(base, found, site), read=True)


def place(source: Files, site: Surroundings, key: str) -> reading.Reading | None:
    """Return what a file's place alone decides; None: it has to be read."""
    bundled = site.profile.bundles and source.bundled(key)
    return reading.placed(key, site, bundled=bundled)
