"""`feeds check` and `feeds init` over whole sites: what is found, what is said, what is kept."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from conftest import Site, post

from feeds.check import run
from feeds.index.intake import Intake
from feeds.settings import load

NOW = 1_800_000_000.0

FILES = {
    "good.md": post("Good", body="Text with [a post](other.md)."),
    "notes/a.md": post("A", body="See [b](/notes/b/) and [c](/notes/c/)."),
    "notes/b.md": post("B"),
    "other.md": post("Other", tags="[Café, web]"),
    "third.md": post("Third", tags="[Cafe, web]", date="2024-05-01 10:00"),
    "future.md": post("Later", "2099-01-01"),
    "hidden.md": post("Hidden", draft="true"),
    "drafts/idea.md": post("Idea"),
    "undated.md": "---\ntitle: No date\n---\n\nText.\n",
    "README.md": "# About\n",
    "broken.md": "---\ntitle: [a\n---\n\nText.\n",
    "twice.md": post("Twice", permalink="/good/"),
    "lost.md": post("Lost", body="To [nowhere](gone.md), [[nobody]], ![x](no.png) and {{< box >}}"),
    "to-hidden.md": post("To hidden", body="To [it](hidden.md)."),
    "fr.md": post("Fr", translations="[/en/]"),
    "en.md": post("En"),
    "late.md": post("Late", lastmod="2020-01-01"),
    "audio.md": post("Audio", enclosure="{url: /a.mp3}"),
    "author.md": post("Author", author="ada"),
    "moji.md": post("Moji", body="Donâ€™t."),
    "nil.md": post("Nil", guid="00000000-0000-0000-0000-000000000000"),
    "template.md": post("Template", description='"{{ page.x }}"'),
    "old.md": post("Old", "2024-05-01", status="seedling"),
}
EXPECTED = {
    ("broken.md", "F011", 3), ("drafts/idea.md", "F006", 1), ("hidden.md", "F006", 1),
    ("future.md", "F027", 1), ("undated.md", "F023", 1), ("README.md", "F005", 1),
    ("twice.md", "F031", 1), ("lost.md", "F043", 6), ("lost.md", "F042", 6),
    ("lost.md", "F048", 6), ("other.md", "F037", 4), ("third.md", "F029", 3),
    ("fr.md", "F038", 4), ("late.md", "F028", 4), ("audio.md", "F039", 4),
    ("author.md", "F054", 4), ("moji.md", "F049", 6), ("nil.md", "F033", 4),
    ("template.md", "F034", 4), ("old.md", "F022", 4), ("notes/a.md", "F043", 6),
}  # fmt: skip


@pytest.fixture
def full(site: Site) -> Site:
    for name, text in FILES.items():
        site.write(name, text)
    site.content.joinpath("people.yml").write_text("grace: {name: Grace}\n")
    site.settings(
        '[site]\nurl = "https://example.org/"\n[content]\nauthors = "content/people.yml"\n'
    )
    for path in site.content.rglob("*"):
        os.utime(path, (NOW - 1000, NOW - 1000))
    return site


def checked(site: Site) -> dict[str, Any]:
    return run.check(load(base=site.root), lambda: NOW)


def found(report: dict[str, Any], site: Site) -> set[tuple[str, str, int]]:
    prefix = f"{site.content}/"
    return {(p["path"].removeprefix(prefix), p["code"], p["line"]) for p in report["problems"]}


def test_what_a_site_has(full: Site) -> None:
    report = checked(full)
    assert found(report, full) >= EXPECTED
    assert ("to-hidden.md", "F043", 6) not in found(report, full)
    assert all(problem["hint"] for problem in report["problems"])
    files = report["files"]
    assert sum(files.values()) == len(FILES)
    assert (files["refused"], files["not a post"], files["undated"]) == (2, 1, 1)
    assert files["hidden"] == 4


def test_the_second_time_only_what_changed_is_looked_at(
    full: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = checked(full)
    looked: list[int] = []
    before = run.inspect
    monkeypatch.setattr(run, "inspect", lambda *args: looked.append(before(*args)))
    assert checked(full) == first
    assert looked == []
    full.write("moji.md", post("Moji", body="Don’t."))
    os.utime(full.content / "moji.md", (NOW - 500, NOW - 500))
    after = checked(full)
    assert looked == [1]
    assert found(first, full) - found(after, full) == {("moji.md", "F049", 6)}
    (full.content / "good.md").unlink()
    assert "twice.md" not in {key for key, code, _ in found(checked(full), full) if code == "F031"}


def test_an_image_that_was_added_is_there_at_once(full: Site) -> None:
    assert ("lost.md", "F042", 6) in found(checked(full), full)
    (full.content / "no.png").write_bytes(b"x")
    assert ("lost.md", "F042", 6) not in found(checked(full), full)


def test_a_feed_of_more_than_a_megabyte(site: Site) -> None:
    for number in range(12):
        body = f"Number {number}. " + "word " * 20_000
        site.write(f"{number}.md", post(f"Post {number}", body=body))
    assert "F052" in {problem["code"] for problem in checked(site)["problems"]}


def test_codes_are_chosen_on_the_command_line_and_in_the_settings(full: Site) -> None:
    only = full.call("check", "--json", "--select", "F049,F011")
    assert {p["code"] for p in json.loads(only.stdout)["problems"]} == {"F011", "F049"}
    text = (full.root / "feeds.toml").read_text()
    full.settings(text + '[check]\nignore = ["F04"]\nper_file = { "broken.md" = ["F011"] }\n')
    rest = full.call("check", "--json")
    codes = {p["code"] for p in json.loads(rest.stdout)["problems"]}
    assert "F031" in codes
    assert not {code for code in codes if code.startswith("F04") or code == "F011"}
    wrong = full.call("check", "--select", "F999")
    assert wrong.returncode == 2
    assert "F999" in wrong.stderr


def test_the_forms_of_the_report(full: Site) -> None:
    text = full.call("check")
    assert text.returncode == 1
    assert "content/broken.md:3:" in text.stdout
    assert "error F011" in text.stdout
    assert text.stdout.splitlines()[-1].split() == ["total", str(len(FILES))]
    github = full.call("check", "--format", "github").stdout
    assert "::error file=content/broken.md,line=3" in github
    explained = full.call("check", "--explain", "F020").stdout
    assert explained.startswith("F020 (error)")
    assert len(explained) > 100


def test_fix_repairs_the_spans_alone_after_showing_them(full: Site) -> None:
    raw = "---\r\ntitle: A Ã©t\r\ndate: 2024-05-01\r\n---\r\n\r\nDonâ€™t `â€™`.\r\n".encode()
    path = full.write("win.md", raw)
    asked = full.call("check", "--fix")
    assert path.read_bytes() == raw
    assert "Don’t" in asked.stdout
    done = full.call("check", "--fix", "--yes")
    assert done.returncode == 0, done.stderr
    expected = "---\r\ntitle: A ét\r\ndate: 2024-05-01\r\n---\r\n\r\nDon’t `â€™`.\r\n"
    assert path.read_bytes().decode() == expected


HUGO = {
    "hugo.toml": 'baseURL = "https://blog.site/"\ntitle = "Blog"\nlanguageCode = "de"\n'
    'timeZone = "Europe/Berlin"\n[permalinks]\nposts = "/:year/:slug/"\n',
    "content/posts/a.md": '+++\ntitle = "A b"\ndate = 2024-05-01\n+++\nText.\n',
    "content/posts/b.md": '+++\ntitle = "B"\ndate = 2024-05-02\ndraft = true\n+++\nText.\n',
    "content/secret/_index.md": "---\ncascade:\n  draft: true\n---\n",
    "content/secret/c.md": "---\ntitle: C\ndate: 2024-05-03\n---\nText.\n",
    "content/posts/d/index.md": "---\ntitle: D\ndate: 2024-05-04\n---\nText.\n",
    "content/posts/d/part.md": "---\ntitle: Part\ndate: 2024-05-04\n---\nText.\n",
}


@pytest.fixture
def hugo(site: Site) -> Site:
    for name, text in HUGO.items():
        path = site.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (site.root / "feeds.toml").unlink()
    site.environ["XDG_STATE_HOME"] = str(site.root / "state")
    return site


def urls(site: Site) -> list[str]:
    settings = load(base=site.root)
    intake_state = site.root / "probe"
    from feeds.index.database import open_index, open_ledger
    from feeds.index.tables import posts

    intake_state.mkdir(exist_ok=True)
    index, ledger = open_index(intake_state / "i.db"), open_ledger(intake_state / "l.db")
    intake = Intake(index, ledger, settings)
    intake.apply()
    intake.scan(None, int(NOW * 1e9))
    with index.connect() as connection:
        rows = list(connection.execute(posts.select().order_by(posts.c.key)))
    index.dispose()
    ledger.dispose()
    return [row.url for row in rows if row.outcome == "post"]


def test_a_site_is_read_without_settings_and_init_writes_the_same(hugo: Site) -> None:
    before = load(base=hugo.root)
    expected = ["https://blog.site/2024/a-b/", "https://blog.site/2024/d/"]
    assert (before.site.url, before.content.profile) == ("https://blog.site/", "hugo")
    assert urls(hugo) == expected
    done = hugo.run("init")
    assert done.returncode == 0, done.stderr
    assert "hugo.toml" in done.stdout
    after = load(base=hugo.root)
    assert after.site == before.site
    assert after.content == before.content
    assert urls(hugo) == expected
    again = hugo.call("init")
    assert again.returncode == 1
    assert "--force" in again.stderr
    assert hugo.call("init", "--force").returncode == 0


def test_a_section_that_stops_hiding_shows_its_posts(hugo: Site) -> None:
    assert not [url for url in urls(hugo) if "secret" in url]
    Path(hugo.root / "content/secret/_index.md").write_text("---\ntitle: S\n---\n")
    assert [url for url in urls(hugo) if "secret" in url] == ["https://blog.site/secret/c/"]
