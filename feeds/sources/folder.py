"""A folder of files as a source: what is there, in byte order, and the bytes of one."""

from __future__ import annotations

import fnmatch
import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from feeds.errors import FileRefused, SourceUnavailable

MAX_FILE_BYTES = 10_000_000
SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__"})


class Stamp(NamedTuple):
    """One key of a source, as a listing shows it.

    Attributes:
        key: Path below the root with `/`; one that ends in `/` is a folder whose
            content is unknown now: what is held below it stands.
        version: Equal versions mean equal bytes.
        changed_ns: When it last changed, in Unix nanoseconds; 0: long ago.
        refused: Why it cannot be read, where the listing shows that already.
    """

    key: str
    version: str
    changed_ns: int = 0
    refused: FileRefused | None = None


class Listing(NamedTuple):
    """One folder of a source.

    Attributes:
        prefix: Its key with a final slash; empty for the root.
        digest: Equal digests mean equal stamps; None: it has to be compared.
        plain: Name, version and moment of change of each file that can be read.
        special: The stamps of all others.
    """

    prefix: str
    digest: str | None
    plain: list[tuple[str, str, int]]
    special: list[Stamp]

    def stamps(self) -> list[Stamp]:
        """Return the stamps of what is directly in it, in the order of keys."""
        found = [Stamp(self.prefix + name, version, at) for name, version, at in self.plain]
        return sorted([*found, *self.special]) if self.special else found


class Folder:
    """The files below `root` that `include` names and `exclude` does not.

    Patterns are the shell's; one without a slash matches a file's name, one with a
    slash its path. Names that start with a dot are left out.
    """

    def __init__(self, root: Path, include: tuple[str, ...], exclude: tuple[str, ...]) -> None:
        self.root, self._patterns = root, (include, exclude)
        self._resolved = root.resolve()
        self._bundles: dict[str, bool] = {}
        self._include, self._exclude = _matcher(include), _matcher(exclude)
        self._wanted = self._include if not exclude else self._both

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle what it was made from: another process reads the same files."""
        return Folder, (self.root, *self._patterns)

    def device(self) -> int:
        """Return the number of the file system that the root is on: a mount has its own."""
        try:
            return self.root.stat().st_dev
        except OSError as error:
            raise SourceUnavailable(f"{self.root}: {error.strerror}") from None

    def listings(self) -> Iterator[Listing]:
        """List everything, folder by folder: one at a time is held in memory.

        Raises:
            SourceUnavailable: The root is missing or unreadable: nothing is known.
        """
        self._resolved = self.root.resolve()
        waiting = [""]
        while waiting:
            prefix = waiting.pop()
            try:
                listing, folders = self._list(prefix)
            except OSError as error:
                if not prefix:
                    raise SourceUnavailable(f"{self.root}: {error.strerror}") from None
                if not isinstance(error, FileNotFoundError):  # deleted since its parent was listed
                    key = _shown(prefix)
                    stamp = Stamp(key=key, version="unknown", refused=_unreadable(error))
                    yield Listing(key, None, [], [stamp])
                continue
            yield listing
            waiting += [f"{prefix}{name}/" for name in sorted(folders, reverse=True)]

    def count(self) -> int:
        """Return how many files there are, roughly: only names are looked at."""
        found = 0
        for folder, folders, names in os.walk(self.root):
            folders[:] = [one for one in folders if one[0] != "." and one not in SKIPPED_FOLDERS]
            prefix = os.path.relpath(folder, self.root).removeprefix(".")
            found += sum(self._wanted(f"{prefix}/{name}".lstrip("/")) for name in names)
        return found

    def stamps(self) -> Iterator[Stamp]:
        """List every file; see `listings`."""
        for listing in self.listings():
            yield from listing.stamps()

    def stamp(self, key: str) -> Stamp | None:
        """Return the stamp of one key, None where no such file is."""
        path = self._resolved / key
        hidden = any(part.startswith(".") or part in SKIPPED_FOLDERS for part in key.split("/"))
        if hidden or not self._wanted(key) or not os.path.lexists(path):
            return None
        return self._stamp(str(path), key, path.is_symlink())

    def bundled(self, key: str) -> bool:
        """Tell whether a file is beside or below an `index.md` that is not itself."""
        folder, _, name = key.rpartition("/")
        if name.startswith("index."):
            folder = folder.rpartition("/")[0]
        while folder:
            if folder not in self._bundles:
                self._bundles[folder] = (self._resolved / folder / "index.md").exists()
            if self._bundles[folder]:
                return True
            folder = folder.rpartition("/")[0]
        return False

    def read(self, key: str, limit: int = MAX_FILE_BYTES) -> tuple[str, bytes]:
        """Return version and bytes of a file that stood still while it was read.

        Raises:
            FileRefused: Not a plain file below the root, too large, or unreadable.
            BlockingIOError: It was being written; ask again later.
            FileNotFoundError: It is gone.
        """
        path = f"{self._resolved}/{key}"
        try:
            # O_NONBLOCK: opening a FIFO that replaced the file must not wait for a writer.
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise _unreadable(error) from None
        try:
            before = os.fstat(descriptor)
            if refused := self._refused(path, before, os.path.islink(path), limit):
                raise refused
            content = b""
            while part := os.read(descriptor, before.st_size + 1):
                content += part
                if len(content) > limit:
                    break
            after = os.fstat(descriptor)
        finally:
            os.close(descriptor)
        if _version(before) != _version(after) or len(content) != after.st_size:
            raise BlockingIOError(f"{key} is being written")
        return _version(after), content

    def _list(self, prefix: str) -> tuple[Listing, list[str]]:
        """Return one folder, and the names of those in it."""
        plain: list[tuple[str, str, int]] = []
        special: list[Stamp] = []
        folders: list[str] = []
        wanted = self._wanted
        with os.scandir(self._resolved / prefix) as found:
            for entry in found:  # this loop is most of a scan: it makes few calls
                name = entry.name
                if name[0] == ".":
                    continue
                utf8 = name.isascii() or _shown(name) == name
                if utf8 and entry.is_file(follow_symlinks=False):
                    if not wanted(prefix + name):
                        continue
                    try:
                        status = entry.stat()
                        if status.st_size <= MAX_FILE_BYTES:
                            plain.append((name, _version(status), status.st_ctime_ns))
                            continue
                    except OSError:
                        pass  # `_stamp` says why
                    special.append(self._stamp(entry.path, prefix + name, False))
                elif entry.is_dir(follow_symlinks=False):
                    if name not in SKIPPED_FOLDERS:
                        folders.append(name)
                elif wanted(prefix + name) or _leads_out(entry, self.root):
                    special.append(self._stamp(entry.path, prefix + name, entry.is_symlink()))
        plain.sort()
        return Listing(
            _shown(prefix), None if special else listing_digest(plain), plain, special
        ), folders

    def _both(self, key: str) -> bool:
        return self._include(key) and not self._exclude(key)

    def _stamp(self, path: str, key: str, link: bool) -> Stamp:
        shown = _shown(key)
        try:
            status = os.stat(path)
        except OSError as error:
            return Stamp(key=shown, version=f"unreadable {error.errno}", refused=_unreadable(error))
        refused = None
        if link or not stat.S_ISREG(status.st_mode) or status.st_size > MAX_FILE_BYTES:
            refused = self._refused(path, status, link, MAX_FILE_BYTES)
        if shown != key:
            hint = "rename it, with a name in UTF-8"
            refused = FileRefused("F001", "the file's name is not UTF-8", hint)
        return Stamp(shown, _version(status), status.st_ctime_ns, refused)

    def _refused(
        self, path: str, status: os.stat_result, link: bool, limit: int
    ) -> FileRefused | None:
        if link and _outside(path, self.root):
            hint = "put the file itself there, or exclude the link in the settings"
            return FileRefused("F002", "the file is a link that leads out of the folder", hint)
        if not stat.S_ISREG(status.st_mode):
            hint = "move it out of the content folder, or exclude it in the settings"
            return FileRefused("F002", "this is not a plain file", hint)
        if status.st_size > limit:
            message = f"the file has {status.st_size:,} bytes, more than {limit:,}"
            return FileRefused("F003", message, "split the post, or exclude the file")
        return None


def _shown(name: str) -> str:
    """Return a name as a key: databases hold UTF-8, other bytes show as `\\xff`.

    Code points sort as UTF-8 does, so that listings and databases agree on the order.
    """
    if name.isascii():
        return name
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _matcher(patterns: tuple[str, ...]) -> Callable[[str], bool]:
    """Return a test of a key: one expression for all patterns, as a scan asks it for every file."""
    endings = tuple(pattern[1:] for pattern in patterns)
    if all(re.fullmatch(r"\*\.[\w.]+", pattern) for pattern in patterns):
        return lambda key: key.endswith(endings) or key[-10:].lower().endswith(endings)
    translated = [
        fnmatch.translate(pattern.lstrip("/"))
        if "/" in pattern
        else r"(?s:(?:.*/)?)" + fnmatch.translate(pattern)
        for pattern in patterns
    ]
    expression = re.compile("|".join(translated) or r"(?!)")
    return lambda key: expression.match(key) is not None


def _version(status: os.stat_result) -> str:
    return f"{status.st_mtime_ns}:{status.st_ctime_ns}:{status.st_ino}:{status.st_size}"


def listing_digest(plain: list[tuple[str, str, int]]) -> str:
    """Return the digest of a listing: of all names and versions, in the order of names."""
    shown = "\0".join([name + "\0" + version for name, version, _ in plain])
    return hashlib.blake2b(shown.encode(), digest_size=16).hexdigest()


def _outside(path: str, root: Path) -> bool:
    inside = str(root.resolve())
    return os.path.commonpath([os.path.realpath(path), inside]) != inside


def _leads_out(entry: os.DirEntry[str], root: Path) -> bool:
    """Tell whether a link to a folder leaves the root: its posts would silently be missing."""
    return entry.is_symlink() and entry.is_dir() and _outside(entry.path, root)


def _unreadable(error: OSError) -> FileRefused:
    hint = "make it readable for the user that runs feeds, or exclude it in the settings"
    return FileRefused("F001", f"cannot be read: {error.strerror}", hint)
