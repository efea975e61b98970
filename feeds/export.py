"""The published documents as files in a folder, for static hosts.

A manifest in the folder says what an earlier export wrote: everything else is somebody
else's, and is neither replaced nor removed.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from sqlalchemy import Engine, select

from feeds.errors import FeedsError
from feeds.formats import MEDIA_TYPES
from feeds.index.database import reading
from feeds.index.tables import documents
from feeds.publisher.store import GONE, REDIRECT
from feeds.sources.facts import digest

MANIFEST, TEMPORARY = ".feeds.json", ".feeds.tmp"
HEADERS, REDIRECTS = "_headers", "_redirects"
CODINGS = {"identity": "", "gzip": ".gz", "br": ".br"}
_NAME_BYTES = 255
_LITERAL = "/~@!$&'()+,;=-._"  # `*` and `:` mean something in _headers and _redirects


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file to be.

    Attributes:
        name: Below the folder, with `/`.
        document: Name of the file that it is a coding of, or its own.
        size: Bytes.
        coding: A key of `CODINGS`; empty: it is no document.
        modified: Unix seconds: the document's Last-Modified, which file servers make
            theirs, so that no deployment moves it. None: now.
        yields: It is left out where a file of somebody else is.
    """

    name: str
    document: str
    digest: str
    size: int
    content: Callable[[], bytes]
    coding: str = ""
    modified: int | None = None
    yields: bool = False


@dataclass(slots=True)
class Exported:
    """What an export did: names of documents; bytes by coding; what there is to say."""

    written: set[str] = field(default_factory=set)
    unchanged: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)
    sizes: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CODINGS, 0))
    said: list[str] = field(default_factory=list)


def files(store: Engine, site: str, *, headers: bool) -> Iterator[File]:
    """Yield every file of a site, of its documents, then `_redirects` and `_headers`.

    Args:
        site: Its URL, under whose path the lines of `_redirects` and `_headers` are.
        headers: Write `_headers`: what the service would send with each document.
    """
    shown = select(documents).where(documents.c.format != GONE).order_by(documents.c.path)
    moved: list[str] = []
    sent: list[str] = []
    with reading(store) as connection:
        for row in connection.execution_options(yield_per=10).execute(shown):
            if row.format == REDIRECT:
                target = _literal(unquote(urlsplit(row.location).path))
                moved.append(f"{_address(site, row.path)} {target} 301\n")
                continue
            if row.format != "index":  # the page at that address may be the site's own
                sent.append(_sent(_address(site, row.path), row))
            yield from _codings(store, row)
    for name, lines in ((REDIRECTS, moved), (HEADERS, sent if headers else [])):
        if lines:
            yield _text(name, "".join(lines).encode())


def export(
    planned: Iterable[File],
    output: Path,
    *,
    overwrite: bool = False,
    advance: Callable[[int, int], None] = lambda done, of: None,
) -> Exported:
    """Make the files in `output` those that are planned; what is so already is not touched.

    It may be killed at any moment: the next one completes it.

    Args:
        overwrite: Replace files of somebody else, except those that a planned file yields to.
        advance: Called with how many files are done, and how many there are.

    Raises:
        FeedsError: A file cannot be where it is to be: nothing was changed. Or the disk
            failed.
    """
    try:
        folder = _Folder(output, _manifest(output))
        return folder.bring_to(_distinct(planned), overwrite, advance)
    except OSError as error:
        raise FeedsError(f"{error.filename or output}: {error.strerror}") from None


def _codings(store: Engine, row: Any) -> Iterator[File]:
    name = row.path.lstrip("/") + ("index.html" if row.path.endswith("/") else "")
    for coding, suffix in CODINGS.items():
        content = getattr(row, coding)

        def read(coding: str = coding) -> bytes:
            one = select(documents.c[coding]).where(documents.c.path == row.path)
            with reading(store) as connection:
                return bytes(connection.scalar(one) or b"")

        yield File(
            name=name + suffix,
            document=name,
            digest=digest(content),
            size=len(content),
            content=read,
            coding=coding,
            modified=row.last_modified,
            yields=row.format == "index",
        )


def _text(name: str, content: bytes) -> File:
    return File(
        name=name, document=name, digest=digest(content), size=len(content),
        content=lambda: content, yields=True,
    )  # fmt: skip


def _address(site: str, path: str) -> str:
    """Return the path of a document's URL, as `_headers` and `_redirects` name it."""
    return _literal(unquote(urlsplit(site).path) + path.lstrip("/"))


def _literal(path: str) -> str:
    return quote(path, safe=_LITERAL)


def _sent(address: str, row: Any) -> str:
    """Return what is to be sent with a document, as Netlify and Cloudflare Pages read it."""
    sent = {
        "Content-Type": MEDIA_TYPES[row.format],
        "Cache-Control": row.cache_control,
        "Access-Control-Allow-Origin": "*",
        "X-Content-Type-Options": "nosniff",
        "Link": row.link,
    }
    return f"{address}\n" + "".join(f"  {name}: {value}\n" for name, value in sent.items() if value)


def _distinct(planned: Iterable[File]) -> dict[str, File]:
    """Return name → file; two that cannot be beside each other are refused."""
    found: dict[str, File] = {MANIFEST: _text(MANIFEST, b""), TEMPORARY: _text(TEMPORARY, b"")}
    for file in planned:
        parts = file.name.split("/")
        if not all(parts) or {".", ".."} & set(parts) or "\0" in file.name:
            raise FeedsError(f'"/{file.name}" is no file below the output: change its path')
        if any(len(os.fsencode(part)) > _NAME_BYTES for part in parts):
            raise FeedsError(f'"/{file.name}" is too long for a file name: shorten its path')
        if file.name in found:
            raise FeedsError(f'"/{file.name}" is the file of two documents: change a path')
        found[file.name] = file
    for name in found:
        for folder in PurePosixPath(name).parents:
            if str(folder) in found:
                raise FeedsError(
                    f'"/{folder}" would be a file and the folder of "/{name}": change a path'
                )
    del found[MANIFEST], found[TEMPORARY]
    return found


def _manifest(output: Path) -> dict[str, list[str]]:
    """Return name → digests of the files that earlier exports wrote or began to write."""
    path = output / MANIFEST
    try:
        held: dict[str, list[str]] = json.loads(path.read_bytes())["files"]
        names = [PurePosixPath(name) for name in held]
        if any(name.is_absolute() or ".." in name.parts or "\0" in str(name) for name in names):
            raise ValueError
        return {str(name): list(held[str(name)]) for name in names}
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError, RecursionError):
        raise FeedsError(
            f"{path}: this is not the list of files that a build writes; delete it, and say "
            "--overwrite to replace the files"
        ) from None


@dataclass(slots=True)
class _Folder:
    """The output, and what earlier exports wrote there."""

    output: Path
    held: dict[str, list[str]]
    done: Exported = field(default_factory=Exported)

    def bring_to(
        self, planned: dict[str, File], overwrite: bool, advance: Callable[[int, int], None]
    ) -> Exported:
        (self.output / TEMPORARY).unlink(missing_ok=True)  # of an export that was killed
        found = {name: self._found(name) for name in {*planned, *self.held}}
        planned = self._yielding(planned, found)
        fresh = [file for name, file in planned.items() if found[name] != file.digest]
        for file in fresh:
            self._must_be_free(file, found[file.name], overwrite)
        gone = [name for name in self.held if name not in planned and found[name]]
        self._say_counts(planned, fresh)
        if fresh or gone:
            # First of all, so that what a killed export wrote is known to be ours.
            claimed = {name: {file.digest} for name, file in planned.items()}
            for name, digests in self.held.items():
                claimed[name] = claimed.get(name, set()) | set(digests)
            self._note({name: sorted(digests) for name, digests in claimed.items()})
        for name in gone:
            self._remove(name, found[name])
        for count, file in enumerate(fresh):
            advance(count, len(fresh))
            self._put(file.name, file.content(), file.modified)
        advance(len(fresh), len(fresh))
        self._note({name: [file.digest] for name, file in planned.items()})
        return self.done

    def _found(self, name: str) -> str | None:
        """Return the digest of a file, None without; `/`: a folder, "": a link to nothing."""
        path = self.output / name
        if path.exists() and not path.is_file():
            return "/"
        try:
            return digest(path.read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            return "" if path.is_symlink() else None

    def _yielding(self, planned: dict[str, File], found: dict[str, str | None]) -> dict[str, File]:
        """Leave out the documents that yield to a file which we did not write as it is."""
        yielding = set()
        for name, file in planned.items():
            ours = (None, file.digest, *self.held.get(name, ()))
            if file.yields and found[name] not in ours:
                yielding.add(file.document)
                self.held.pop(name, None)
                self.done.said.append(f"{self.output / name} is not ours and stays as it is: "
                                      "what would be there is left out")  # fmt: skip
        return {name: file for name, file in planned.items() if file.document not in yielding}

    def _must_be_free(self, file: File, found: str | None, overwrite: bool) -> None:
        """Refuse to write where something of somebody else is, or outside of the output."""
        path = self.output / file.name
        if not path.parent.resolve().is_relative_to(self.output.resolve()):
            raise FeedsError(f"{path} leads out of {self.output} through a link: remove the link")
        for folder in path.relative_to(self.output).parents:
            if (self.output / folder).is_file() and str(folder) not in self.held:
                raise FeedsError(f"{self.output / folder} is a file where a folder has to be: "
                                 "remove it")  # fmt: skip
        if found == "/" and not any(name.startswith(f"{file.name}/") for name in self.held):
            raise FeedsError(f"{path} is a folder where a file has to be: remove it")
        if found not in (None, "/") and file.name not in self.held and not overwrite:
            raise FeedsError(f"{path} is there already, and no build wrote it: remove it, give the "
                             "document another path, or say --overwrite")  # fmt: skip

    def _say_counts(self, planned: dict[str, File], fresh: list[File]) -> None:
        done = self.done
        shown = [file for file in planned.values() if file.coding]
        done.written = {file.document for file in fresh if file.coding}
        done.unchanged = {file.document for file in shown} - done.written
        for file in shown:
            done.sizes[file.coding] += file.size

    def _remove(self, name: str, found: str | None) -> None:
        """Remove a file that is published no more, and the folders that it leaves empty."""
        path = self.output / name
        if found not in self.held[name]:
            if found != "/":
                self.done.said.append(f"{path} was changed since we wrote it: it is published no "
                                      "more and stays")  # fmt: skip
            return
        path.unlink()
        if not name.endswith((".gz", ".br")):
            self.done.removed.add(name)
        for folder in path.relative_to(self.output).parents:
            if folder != Path():
                with contextlib.suppress(OSError):
                    (self.output / folder).rmdir()

    def _put(self, name: str, content: bytes, modified: int | None = None) -> None:
        """Put a whole file in its place at once."""
        target, fresh = self.output / name, self.output / TEMPORARY
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_bytes(content)
        if modified is not None:
            os.utime(fresh, (modified, modified))
        fresh.replace(target)

    def _note(self, held: dict[str, list[str]]) -> None:
        content = (json.dumps({"files": held}, indent=1, sort_keys=True) + "\n").encode()
        if self._found(MANIFEST) != digest(content):
            self._put(MANIFEST, content)
