"""What is there, in which order, and what differs from what is held."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import FileRefused, SourceUnavailable
from feeds.index.changes import Held, changes
from feeds.sources.folder import Folder, Stamp

NAMES = st.dictionaries(st.text("ab./é日\U0001f600", min_size=1, max_size=5), st.sampled_from("12"))


def folder(
    root: Path, include: tuple[str, ...] = ("*.md",), exclude: tuple[str, ...] = ()
) -> Folder:
    return Folder(root, include, exclude)


@given(NAMES, NAMES, st.sets(st.sampled_from(["a", "b", "a.", "é"])))
def test_the_difference_of_two_listings(
    old: dict[str, str], new: dict[str, str], racy: set[str]
) -> None:
    held = [Held(key=key, version=old[key], racy=key in racy) for key in sorted(old)]
    found = [Stamp(key=key, version=new[key]) for key in sorted(new)]
    found = [stamp for stamp in found if not stamp.key.endswith("/")]
    names = {stamp.key for stamp in found}
    seen = {change.key: change for change in changes(held, found)}
    for key in old.keys() | names:
        if key in old and key in names:
            assert (key in seen) == (old[key] != new[key] or key in racy)
        else:
            assert (seen[key].found is None) == (key not in names)


def test_a_folder_that_cannot_be_listed_stays_as_it_is() -> None:
    held = [Held(key=key, version="1") for key in ("a.md", "b/1.md", "b/2/3.md", "c.md")]
    found = [Stamp(key="a.md", version="1"), Stamp(key="b/", version="unknown")]
    assert [(c.key, c.found is None) for c in changes(held, found)] == [
        ("b/", False),
        ("c.md", True),
    ]


def test_the_order_is_that_of_the_bytes(tmp_path: Path) -> None:
    for name in ("a/b.md", "a.md", "a-b.md", "é.md", "Z.md", "\U0001f600.md", "a/b/c.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    keys = [stamp.key for stamp in folder(tmp_path).stamps()]
    assert keys == sorted(keys, key=str.encode)
    assert len(keys) == 7


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
