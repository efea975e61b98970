"""What is there, in which order, and what differs from what is held."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import FileRefused, SourceUnavailable
from feeds.index.changes import Change, Compared, Held, changes, folder_of
from feeds.sources.folder import Folder, Listing, Stamp

NAMES = st.dictionaries(st.text("ab./é日\U0001f600", min_size=1, max_size=5), st.sampled_from("12"))


def folder(
    root: Path, include: tuple[str, ...] = ("*.md",), exclude: tuple[str, ...] = ()
) -> Folder:
    return Folder(root, include, exclude)


def listings(files: dict[str, str]) -> list[Listing]:
    """Return the listings of files with these versions."""
    inside: dict[str, list[tuple[str, str, int]]] = {}
    for key, version in sorted(files.items()):
        prefix = folder_of(key)
        inside.setdefault(prefix, []).append((key[len(prefix) :], version, 0))
    return [Listing(prefix, repr(plain), plain, []) for prefix, plain in inside.items()]


def differences(
    held: list[Held], found: list[Listing], digests: dict[str, str]
) -> dict[str, Change | Compared]:
    below: dict[str, list[Held]] = {}
    for one in held:
        below.setdefault(folder_of(one.key), []).append(one)
    told = changes(found, digests, below, lambda prefix: below.get(prefix, []))
    return {change.key: change for change in told if isinstance(change, Change)}


@given(NAMES, NAMES, st.sets(st.sampled_from(["a", "b", "a.", "é"])), st.booleans())
def test_the_difference_of_two_listings(
    old: dict[str, str], new: dict[str, str], racy: set[str], compared: bool
) -> None:
    old, new = ({k: v for k, v in files.items() if k[-1] != "/"} for files in (old, new))
    held = [Held(key=key, version=old[key], racy=key in racy) for key in old]
    # A folder is compared once nothing in it is racy.
    settled = {key: version for key, version in old.items() if not racy} if compared else {}
    digests = {one.prefix: one.digest or "" for one in listings(settled)}
    seen = differences(held, listings(new), digests)
    for key in old.keys() | new.keys():
        if key in old and key in new:
            assert (key in seen) == (old[key] != new[key] or key in racy)
        else:
            change = seen[key]
            assert isinstance(change, Change)
            assert (change.found is None) == (key not in new)


def test_a_folder_that_cannot_be_listed_stays_as_it_is() -> None:
    held = [Held(key=key, version="1") for key in ("a.md", "b/1.md", "b/2/3.md", "c/d.md")]
    lost = Listing("b/", None, [], [Stamp(key="b/", version="unknown")])
    found = differences(held, [*listings({"a.md": "1"}), lost], {})
    assert {key: change.found is None for key, change in found.items()} == {
        "b/": False,
        "c/d.md": True,
    }


def test_the_order_is_the_same_everywhere(tmp_path: Path) -> None:
    names = ["Z.md", "a-b.md", "a.md", "é.md", "\U0001f600.md", "a/b.md", "a/b/c.md"]
    for name in sorted(names, key=hash):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    assert [stamp.key for stamp in folder(tmp_path).stamps()] == names


def test_an_unchanged_folder_has_the_same_digest(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for name in ("a.md", "b.md", "a/c.md"):
        (tmp_path / name).write_text("x")

    def digests() -> dict[str, str | None]:
        return {one.prefix: one.digest for one in folder(tmp_path).listings()}

    before = digests()
    assert digests() == before
    (tmp_path / "a" / "c.md").write_text("y!")
    after = digests()
    assert (after[""] == before[""], after["a/"] == before["a/"]) == (True, False)
    (tmp_path / "link.md").symlink_to(tmp_path / "a.md")
    assert digests()[""] is None


@pytest.mark.parametrize(
    ("include", "exclude", "expected"),
    [
        (("*.md",), (), ["a.md", "b/c.md", "b/d/e.md"]),
        (("*.md",), ("b/*",), ["a.md"]),
        (("*.md",), ("e.md",), ["a.md", "b/c.md"]),
        (("b/*.md",), (), ["b/c.md", "b/d/e.md"]),
        (("*.txt",), (), ["f.txt"]),
    ],
)
def test_include_and_exclude(
    tmp_path: Path, include: tuple[str, ...], exclude: tuple[str, ...], expected: list[str]
) -> None:
    for name in (
        "a.md",
        "b/c.md",
        "b/d/e.md",
        "f.txt",
        ".hidden.md",
        ".git/g.md",
        "node_modules/h.md",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    assert [stamp.key for stamp in folder(tmp_path, include, exclude).stamps()] == expected


def test_no_root_means_nothing_is_known(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable):
        list(folder(tmp_path / "missing").stamps())


def test_a_file_that_became_a_fifo_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.md")
    with pytest.raises(FileRefused, match="plain file"):
        folder(tmp_path).read("a.md")


def test_a_link_within_the_folder_is_followed_and_one_out_of_it_is_not(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "a.md").write_text("inside")
    (tmp_path / "secret.md").write_text("outside")
    (tmp_path / "elsewhere").mkdir()
    (root / "in.md").symlink_to(root / "a.md")
    (root / "out.md").symlink_to(tmp_path / "secret.md")
    (root / "dir").symlink_to(tmp_path / "elsewhere")
    found = {stamp.key: stamp.refused for stamp in folder(root).stamps()}
    assert found["in.md"] is None
    assert found["out.md"] is not None
    assert found["out.md"].code == "F002"
    assert found["dir"] is not None
    with pytest.raises(FileRefused):
        folder(root).read("out.md")


def test_a_name_that_is_not_utf8_is_named_and_refused(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.md")).write_text("x")
    (stamp,) = folder(tmp_path).stamps()
    assert stamp.key == "caf\\xe9.md"
    assert stamp.refused is not None
