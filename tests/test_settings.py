"""`feeds.toml`, `FEEDS_*`, the command line: all that is wrong is said at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from feeds.errors import SettingsError
from feeds.settings import load

WRONG = [
    ('[site]\nurl = "example.org"', "absolute URL"),
    ('[site]\nurl = "/blog/"', "absolute URL"),
    ('[site]\nurl = "https://example.org/?a=b"', "scheme, host and path"),
    ('[site]\ntimezone = "Mars/Base"', "time zone"),
    ('[site]\nlanguage = "not a language"', "language tag"),
    ('[content]\npermalink = "/:slag/"', ":slug"),
    ('[feeds]\ncontent = "all"', "'full' or 'summary'"),
    ("[feeds]\nentries = 0", "feeds.entries"),
    ("[cache]\nmax_age = 0", "cache.max_age"),
    ('[paths]\nrss = "feed.xml"', "is no path"),
    ('[paths]\nrss = "/atom.xml"', "already"),
    ('[paths]\nrss = "/healthz"', "already"),
    ('[paths]\nrss = "/../feed.xml"', "."),
    ('[aliases]\n"/old.xml" = "/nowhere.xml"', "no document"),
    ('[aliases]\n"/atom.xml" = "/feed.xml"', "already"),
    ("[site\n", "not TOML"),
]


def settings_file(folder: Path, text: str) -> Path:
    path = folder / "feeds.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_wrong(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(settings_file(tmp_path, text))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_all_wrong_keys_are_named_with_the_nearest_right_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEEDS_SITE__TITEL", "x")
    path = settings_file(
        tmp_path, "[site]\nlangauge = 'en'\n[feds]\nentries = 3\n[cache]\nmaxage = 5\n"
    )
    with pytest.raises(SettingsError) as caught:
        load(path)
    lines = str(caught.value).splitlines()
    assert len(lines) == 4
    assert any("site.langauge" in line and "site.language" in line for line in lines)
    assert any("feds" in line and "did you mean feeds?" in line for line in lines)
    assert any("cache.maxage" in line and "cache.max_age" in line for line in lines)
    assert any("FEEDS_SITE__TITEL" in line and "FEEDS_SITE__TITLE" in line for line in lines)


def test_the_command_line_goes_before_the_environment_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = settings_file(
        tmp_path, "[site]\ntitle = 'file'\ndescription = 'file'\nlanguage = 'de'\n"
    )
    monkeypatch.setenv("FEEDS_SITE__TITLE", "environment")
    monkeypatch.setenv("FEEDS_SITE__DESCRIPTION", "environment")
    found = load(path, {"site": {"title": "line"}}).site
    assert (found.title, found.description, found.language) == ("line", "environment", "de")


def test_lists_and_tables_in_the_environment_are_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEEDS_SITE__AUTHOR", '["Ada", {"name": "Grace", "url": "/grace"}]')
    monkeypatch.setenv("FEEDS_ALIASES", '{"/rss": "/feed.xml"}')
    found = load(settings_file(tmp_path, "[site]\nurl = 'https://example.org'\n"))
    assert [(author.name, author.url) for author in found.authors] == [
        ("Ada", None),
        ("Grace", "https://example.org/grace"),
    ]
    assert found.aliases == {"/rss": "/feed.xml"}


def test_paths_are_relative_to_the_settings_file(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    path = settings_file(tmp_path / "site", "[content]\nsource = 'posts'\n")
    found = load(path, base=tmp_path)
    assert found.content.source == tmp_path / "site" / "posts"
    assert found.state.path == tmp_path / "site" / ".feeds"


def test_without_a_file_the_state_is_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    one = load(None, {"content": {"source": tmp_path / "one"}}, base=tmp_path)
    two = load(None, {"content": {"source": tmp_path / "two"}}, base=tmp_path)
    assert one.state.path is not None
    assert one.state.path.is_relative_to(tmp_path / "state")
    assert one.state.path != two.state.path


@pytest.mark.parametrize(
    ("url", "provisional"),
    [
        ("https://example.org/", False),
        ("http://127.0.0.1:8000/", True),
        ("http://localhost/", True),
        ("http://[::1]:8000/", True),
        ("https://127.example.org/", False),
    ],
)
def test_ids_made_for_this_machine_are_provisional(
    tmp_path: Path, url: str, provisional: bool
) -> None:
    assert load(settings_file(tmp_path, f"[site]\nurl = '{url}'\n")).provisional is provisional


def test_a_missing_file_that_was_named_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no such settings file"):
        load(tmp_path / "nowhere.toml")
