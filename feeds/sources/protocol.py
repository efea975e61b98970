"""Posts from code: what a source of yours offers, and how it is read as if it were a folder."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain, groupby, islice
from typing import Any, Protocol

from feeds.errors import FileRefused, SourceUnavailable
from feeds.sources.facts import digest
from feeds.sources.folder import MAX_FILE_BYTES, Listing, Stamp, listing_digest

MOST_UNSORTED = 100_000
"""Up to so many keys may come in any order: they are sorted in memory, in about 20 MB."""

REFUSED = "?/"
"""The folder in which keys that cannot be used are reported."""


class Source(Protocol):
    """Posts that are in no folder: a database, another program's files, an archive.

    A post is what a file would be: Markdown with front matter (`feeds.post` writes it from
    columns), under a key that looks like a path: `2024/hello.md`. As with files, key and front
    matter decide about its address, and the key tells from pass to pass which post is which.

    Both methods are called by the publisher, in one thread that is not a web server's, never
    at the same time.
    """

    def stamps(self) -> Iterable[tuple[str, str]]:
        """List every post: its key, and a version that differs whenever its bytes do.

        Asked for at the start, once a minute, and when something is gone; a generator is read
        one folder at a time. Any order will do up to 100,000 keys; beyond that list folder by
        folder (all of `2024/`, then all of `2025/`).

        Whatever it raises, nothing is known then: what is published stays.
        """

    def read(self, key: str) -> bytes:
        """Return a post, at least as new as the version that was listed.

        Raises:
            KeyError, FileNotFoundError: It is gone. After anything else the post's last good
                entry stays, and it is read again within a minute.
        """


class Files(Protocol):
    """What the index and the publisher ask of a source; a `Folder` is one."""

    def device(self) -> int:
        """Return a number that changes when another disk is mounted in the source's place."""

    def count(self) -> int | None:
        """Return how many files there are, roughly; None: that would take long."""

    def listings(self) -> Iterator[Listing]:
        """List everything, folder by folder; raises SourceUnavailable."""

    def stamp(self, key: str) -> Stamp | None:
        """Return the stamp of one key, None where nothing is."""

    def bundled(self, key: str) -> bool:
        """Tell whether a file belongs to the page beside it."""

    def read(self, key: str) -> tuple[str | None, bytes]:
        """Return version (None: as listed) and bytes; raises as `Folder.read` does."""


class Code:
    """A `Source` as `Files`."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._missed: set[str] = set()

    def device(self) -> int:
        """Return 0: there is no disk to be mounted."""
        return 0

    def count(self) -> None:
        """Return nothing: listing may be dear."""

    def bundled(self, key: str) -> bool:
        """Return False: each key is a post of its own."""
        return False

    def listings(self) -> Iterator[Listing]:
        """List everything; memory grows with the largest folder, and `MOST_UNSORTED`.

        Raises:
            SourceUnavailable: The source raised, or lists too much out of order.
        """
        refused: list[Stamp] = []
        stamps = self._stamps(refused)
        first = list(islice(stamps, MOST_UNSORTED))
        if len(first) < MOST_UNSORTED:
            first.sort(key=_folder)
        seen: set[str] = set()
        for prefix, group in groupby(chain(first, stamps), _folder):
            if prefix in seen:
                raise SourceUnavailable(
                    f'the source lists "{prefix}" in two places: list more than'
                    f" {MOST_UNSORTED:,} keys folder by folder"
                )
            seen.add(prefix)
            yield _listing(prefix, list(group))
        if refused:
            yield _listing(REFUSED, refused)

    def stamp(self, key: str) -> Stamp | None:
        """Return the stamp of a key of which `changed` told: its version is not asked for."""
        if _wrong(key):
            return None  # a listing that has it says why
        try:
            return Stamp(key, f"read {digest(self._content(key))}")
        except FileNotFoundError:
            return None
        except FileRefused as refused:
            return Stamp(key, "not read", refused=refused)

    def read(self, key: str) -> tuple[None, bytes]:
        """Return the bytes of a post.

        Raises:
            FileRefused: The source raised, or what it returned is no file.
            FileNotFoundError: It is gone since it was listed.
        """
        try:
            content = self._content(key)
        except FileNotFoundError:
            if key not in self._missed:  # the next listing will not have it
                self._missed.add(key)
                raise
            hint = "list only what can be read, or raise another error than KeyError"
            raise FileRefused("F001", "it is listed, but read() says it is gone", hint) from None
        self._missed.discard(key)
        return None, content

    def _stamps(self, refused: list[Stamp]) -> Iterator[Stamp]:
        """Yield what is listed; put what has no usable key into `refused`."""
        try:
            for key, version in self._source.stamps():
                if wrong := _wrong(key):
                    refused.append(_refused(key, wrong))
                else:
                    yield Stamp(key, str(version))
        except Exception as error:
            raise SourceUnavailable(f"the source's stamps() failed: {_said(error)}") from error

    def _content(self, key: str) -> bytes:
        content: Any
        try:
            content = self._source.read(key)
        except (KeyError, FileNotFoundError):
            raise FileNotFoundError(key) from None
        except Exception as error:
            hint = "the source has to answer; it is asked again within a minute"
            raise FileRefused("F001", f"read() failed: {_said(error)}", hint) from error
        if not isinstance(content, bytes):
            kind = type(content).__name__
            raise FileRefused("F001", f"read() returned {kind}, not bytes", "encode it as UTF-8")
        if len(content) > MAX_FILE_BYTES:
            message = f"the post has {len(content):,} bytes, more than {MAX_FILE_BYTES:,}"
            raise FileRefused("F003", message, "split the post")
        return content


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:300]


def _folder(stamp: Stamp) -> str:
    return stamp.key[: stamp.key.rfind("/") + 1]


def _refused(key: Any, wrong: str) -> Stamp:
    shown = ascii(key)[:200]
    hint = "write it as the path of a file: 2024/hello.md"
    refused = FileRefused("F001", f"the key {shown} {wrong}", hint)
    return Stamp(REFUSED + shown.replace("/", "\\x2f"), "", refused=refused)


def _wrong(key: Any) -> str | None:
    """Return what makes a key none, None where it is one."""
    if not isinstance(key, str):
        return f"is {type(key).__name__}, not text"
    if re.search(r"[\x00-\x1f\x7f\\\ud800-\udfff]", key):
        return "has a character that paths of posts do not have"
    if any(part in ("", ".", "..", "?") for part in key.split("/")):
        return "is not a plain path: a part of it is empty, dots alone, or ?"
    return None


def _listing(prefix: str, stamps: list[Stamp]) -> Listing:
    """Return one folder; of a key that is listed twice nobody knows what it is."""
    plain: list[tuple[str, str, int]] = []
    special: list[Stamp] = []
    stamps.sort(key=lambda stamp: stamp.key)
    for key, group in groupby(stamps, lambda stamp: stamp.key):
        stamp, *others = group
        if others and stamp.refused is None:
            refused = FileRefused("F001", "the key is listed twice", "give each post its own key")
            stamp = Stamp(key, "twice", refused=refused)
        if stamp.refused is None:
            plain.append((key[len(prefix) :], stamp.version, stamp.changed_ns))
        else:
            special.append(stamp)
    return Listing(prefix, None if special else listing_digest(plain), plain, special)
