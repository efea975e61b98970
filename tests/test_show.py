"""`feeds show`: each field of a post, and the key, line, name, setting or rule that gave it."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from click.testing import CliRunner, Result
from conftest import Site, post
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.check.origins import ROWS, Field, Origins
from feeds.check.show import NoSuchPost
from feeds.check.show import show as look
from feeds.cli import main
from feeds.cli.shared import publish_once
from feeds.model import Post
from feeds.publisher.run import Publisher
from feeds.settings import Settings, load
from feeds.sources.facts import Facts, read
from feeds.sources.places import lines
from feeds.sources.reading import understood
from feeds.sources.surroundings import Surroundings
from feeds.sources.trace import trace

NOW = 1_800_000_000.0
AUTHORS = {"ada": {"name": "Ada Lovelace"}}
SITE = {"url": "https://example.org/", "timezone": "Europe/Berlin", "language": "en"}


def around(
    profile: str = "plain",
    cascades: dict[str, dict[str, Any]] | None = None,
    **tables: Any,
) -> Surroundings:
    site = SITE | tables.pop("site", {})
    content = {"profile": profile, **tables.pop("content", {})}
    settings = Settings(site=site, content=content, **tables)
    return Surroundings.of(settings, authors=AUTHORS, cascades=cascades)


def fields(raw: bytes, key: str, site: Surroundings) -> dict[str, Field]:
    """Return the fields of a file, after the check that the trace changes nothing."""
    facts, _ = read(raw)
    found = trace(key, facts, site)
    assert found.post == understood(key, facts, site).post
    assert found.post is not None
    made = Origins(found, found.post, 0, "First words.").fields()
    return {field.name: field for field in made}


def said(field: Field) -> list[str]:
    return [origin.text for origin in field.origins]


YAML = (
    b"\xef\xbb\xbf---\r\n# title: no\r\ntitle: >-\r\n  Hello\r\n  date: no\r\n\r\n"
    b"DATE: 2024-05-01  # a day\r\nextra:\r\n  lastmod: 2024-06-01\r\n  x: 1\r\n"
    b"Author: ada\r\ntags: [a]\r\ncategories:\r\n- b\r\ntags: [c]\r\n---\r\n\r\nText.\r\n"
)
TOML = b"""+++
title = "Hello"
text = \"\"\"
date = 1999-01-01
\"\"\"
date = 2024-05-01
extra.image = "/a.png"

[taxonomies]
  tags = ["a"]
[params]
author = "Grace"
+++
Text.
"""
JSON = b'{\n  "title": "A", "date": "2024-05-01",\n  "seo": {\n    "description": "In short."}\n}\n'
CASES: dict[str, tuple[bytes, str, Surroundings, dict[str, list[str]]]] = {
    "YAML with comments, CRLF and a BOM": (
        YAML, "a.md", around(),
        {
            "title": ["`title`, line 3"], "published": ["`DATE`, line 7"],
            "updated": ["`extra.lastmod`, line 9"],
            "authors": ["`Author`, line 11", "the authors file"],
            "tags": ["`tags`, line 15", "`categories`, line 13"],
            "summary": ["the body's first paragraph"], "language": ["site.language"],
            "slug": ["the file's name"], "expires": [],
        },
    ),
    "TOML with tables": (
        TOML, "posts/a.md", around("zola", site={"author": "Me"}),
        {
            "title": ["`title`, line 2"], "published": ["`date`, line 6"],
            "image": ["`extra.image`, line 7"], "tags": ["`taxonomies.tags`, line 10"],
            "authors": ["`params.author`, line 12"],
            "url": ["profile zola: /:path/:slug/", "the file's folder", "the file's name"],
        },
    ),
    "JSON": (
        JSON, "a.fr.md", around(content={"languages": ["fr"]}),
        {
            "title": ["`title`, line 2"], "published": ["`date`, line 2"],
            "summary": ["`seo.description`, line 4"], "language": ["the file's name"],
        },
    ),
    "Jekyll": (
        b"---\nlayout: post\ncategory: News\n---\nText.\n",
        "_posts/2024-05-01-hello.md", around("jekyll"),
        {
            "title": ["the file's name"], "published": ["the file's name"],
            "tags": ["`category`, line 3"], "slug": ["the file's name"],
            "url": ['profile jekyll: /:categories/:year/:month/:day/:slug.html',
                    "`category`, line 3", "the file's name"],
        },
    ),
    "a date of the folder, and a heading": (
        b"Words.\n\n# Hello\n\nMore.\n", "2024/05/01/a.md", around(site={"author": "Me"}),
        {
            "title": ["the first heading"], "published": ["the file's folder"],
            "authors": ["site.author"],
        },
    ),
    "a date of the path that is written": (
        b"---\npath: 2024/05/01/hello\n---\n# Hello\n", "a.md", around(),
        {"published": ["`path`, line 2"], "url": ["`path`, line 2"]},
    ),
    "a heading that comes before a label": (
        b"---\ntitle: '  '\nsidebar_label: Label\n---\n# Hello\n", "a.md", around(),
        {"title": ["the first heading"]},
    ),
    "a label where there is no heading": (
        b"---\nsidebar_label: Label\n---\nText.\n", "a.md", around(),
        {"title": ["`sidebar_label`, line 2"]},
    ),
    "Hugo's cascade and defaults": (
        b"+++\ntitle = 'A'\n+++\nText.\n", "posts/a.md",
        around("hugo", {"posts/": {"author": "ada", "lang": "de"}},
               defaults=[{"path": "posts", "values": {"lang": "fr", "date": "2024-05-01"}}]),
        {
            "authors": ["`author`, cascade for posts/", "the authors file"],
            "language": ["`lang`, cascade for posts/"],
            "published": ["`date`, [[defaults]] for posts"],
        },
    ),
    "a pattern of the settings": (
        b"---\ntitle: A b\ndate: 2024-05-01\nslug: c\n---\n", "posts/a.md",
        around(content={"permalinks": {"posts": "/:year/:slug/"}}),
        {
            "url": ['content.permalinks."posts": /:year/:slug/', "`date`, line 3",
                    "`slug`, line 4"],
            "slug": ["`slug`, line 4"],
        },
    ),
    "a title in the address": (
        b"---\ntitle: A b\n---\n", "a.md", around(content={"permalink": "/:title/"}),
        {"url": ["content.permalink: /:title/", "`title`, line 2"], "slug": ["`title`, line 2"]},
    ),
    "Docusaurus' id": (
        b"---\nid: other\n---\nText.\n", "docs/a.md", around("docusaurus"),
        {"slug": ["`id`, line 2"], "title": ["the file's name"]},
    ),
    "a page": (
        b"---\ndate: 2024-05-01\n---\nText.\n", "pages/a.md", around("pelican"),
        {"published": ["none, as this is a page: profile pelican"],
         "go_live": ["`date`, line 2"]},
    ),
    "Pelican's lines": (
        b"Title: A: b\nDate: 2024-05-01\nTags: x, y\n\nText.\n", "a.md", around("pelican"),
        {"title": ["`title`, line 1"], "published": ["`date`, line 2"], "tags": ["`tags`, line 3"]},
    ),
    "Nikola's comment": (
        b"<!--\n.. title: A\n.. date: 2024-05-01\n-->\n\nText.\n", "a.md", around(),
        {"title": ["`title`, line 2"], "published": ["`date`, line 3"]},
    ),
    "YAML that was read line by line": (
        b"---\ntitle: A: b\ndate: 2024-05-01\n---\n", "a.md", around(),
        {"title": ["`title`, line 2"], "published": ["`date`, line 3"]},
    ),
    "a value that cannot be used": (
        b"---\ndescription: /a.png\nsummary: In short.\nupdated: soon\n---\n", "a.md", around(),
        {"summary": ["`summary`, line 3"], "updated": []},
    ),
    "a podcast": (
        b"---\naudio: /a.mp3\nlength: 12\nepisode: 3\ncanonical: https://x.example/\n---\n",
        "a.md", around(),
        {"enclosures": ["`audio`, line 2", "`length`, line 3"], "episode": ["`episode`, line 4"],
         "mapped": ["`canonical`, line 5"]},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_where_each_field_came_from(name: str) -> None:
    raw, key, site, expected = CASES[name]
    found = fields(raw, key, site)
    assert {field: said(found[field]) for field in expected} == expected
    assert all(one.origins for one in found.values() if one.value not in (None, True))


def test_every_field_of_a_post_is_shown() -> None:
    elsewhere = {
        "path",
        "id",
        "atom_id",
        "json_id",
        "explicit_id",
        "former_id",
        "heading",
        "hidden",
        "mapped",
    }
    assert set(ROWS) == set(Post.__slots__) - elsewhere


@pytest.mark.parametrize(("title", "slug"), [("A b!", "a-b"), ("!", "file")])
def test_a_slug_made_of_the_title(title: str, slug: str) -> None:
    site = around(content={"permalink": "/:title/"})
    found = fields(f"---\ntitle: '{title}'\n---\n".encode(), "file.md", site)
    assert (found["slug"].value, found["url"].value) == (slug, f"https://example.org/{slug}/")


STATES: list[tuple[str, str, list[str]]] = [
    ("draft: true", "draft: true", ["`draft`, line 3"]),
    ("tags: [draft]", "tags: draft", ["`tags`, line 3"]),
    ("status: idea", "status: idea", ["`status`, line 3"]),
    ("robots: noindex", "robots: noindex", ["`robots`, line 3"]),
    ("draft: false\npublished: 2024-05-01", "", ["`draft`, line 3"]),
]


@pytest.mark.parametrize(("front", "reason", "origins"), STATES)
def test_what_hides_a_post(front: str, reason: str, origins: list[str]) -> None:
    facts, _ = read(f"---\ntitle: A\n{front}\n---\n".encode())
    found = trace("a.md", facts, around())
    assert found.post is not None
    assert found.post.hidden == (reason or None)
    assert [one.text for one in Origins(found, found.post, 0, "").hidden()] == origins


VALUES = {
    "title": ["Hello", "'2024'"], "headline": ["Hello", "Other"], "linktitle": ["Label"],
    "date": ["2024-05-01", "'2024-05-02 10:00'"], "created": ["2024-05-01", "2023-01-01"],
    "Updated": ["2024-07-01"], "lastmod": ["2024-07-01", "2024-08-01"], "slug": ["one", "two"],
    "url": ["/else/"], "tags": ["[a, b]", "a"], "categories": ["[b, c]"], "topics": ["[d]"],
    "author": ["ada", "Grace"], "by": ["Grace"], "description": ["In short."], "deck": ["Deck."],
    "image": ["/a.png"], "cover": ["/a.png", "/b.png"], "lang": ["de"], "locale": ["fr"],
    "seo": ["{description: Seo., image: /c.png}"], "params": ["{author: Joan, lang: it}"],
    "expires": ["2030-01-01"], "episode": ["3"], "unknown": ["x"], "guid": ["urn:x:1"],
    "link": ["https://x.example/"], "publishDate": ["2024-09-01"], "audio": ["/a.mp3"],
}  # fmt: skip


@st.composite
def headers(draw: st.DrawFn) -> list[str]:
    """Return the lines of a header: known keys in any order, with comments between."""
    chosen = draw(st.lists(st.sampled_from(sorted(VALUES)), unique=True, min_size=1))
    made = [f"{key}: {draw(st.sampled_from(VALUES[key]))}" for key in chosen]
    for at in draw(st.lists(st.integers(0, len(made)), max_size=2)):
        made.insert(at, "# title: in a comment")
    return made


@given(headers(), st.sampled_from(["a.md", "2024-05-01-b.md"]), st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_line_holds_its_key_and_decides(front: list[str], key: str, heading: bool) -> None:
    site = around(content={"permalink": "/:year/:title/:slug/"})

    def seen(rows: list[str]) -> dict[str, tuple[Any, list[str]]]:
        body = "# Hello\n\nText." if heading else "Text."
        found = fields("\n".join(["---", *rows, "---", body]).encode(), key, site)
        named = {name: (field.value, sorted(said(field))) for name, field in found.items()}
        everything.update(found)
        return named

    everything: dict[str, Field] = {}
    whole = seen(front)
    for name, field in list(everything.items()):
        for origin in field.origins:
            if origin.line is None or origin.key is None:
                continue
            line = front[origin.line - 2]
            assert line.startswith(origin.key.partition(".")[0] + ":")
            assert origin.key.rpartition(".")[2] in line
            rest = ["" if row is line else row for row in front]
            assert seen(rest).get(name) != whole[name], (name, line)


@given(st.dictionaries(st.sampled_from([*VALUES, "draft", "redirect"]), st.text(max_size=12)))
@settings(max_examples=60, deadline=None)
def test_the_trace_alters_nothing(mapping: dict[str, str]) -> None:
    facts = Facts(mapping=mapping, header="", header_line=2, heading=None, body_digest="")
    assert trace("a.md", facts, around()).post == understood("a.md", facts, around()).post


def test_lines_of_keys() -> None:
    assert lines("a: 1\nb:\n  c: {d: 2}\n# e: 3\na: 4\n", 2) == {
        ("a",): 6, ("b",): 3, ("b", "c"): 4, ("b", "c", "d"): 4,
    }  # fmt: skip
    deep = lines("a = 1\nb = '''" + "[" * 50_000 + "\nc = 2\n'''\nd = 3\n", 2)
    assert deep == {("a",): 2, ("b",): 3, ("d",): 6}


# The command


FILES = {
    "good.md": post(
        "Good", body="# Good\n\nTo [a](notes/a.md), [it](hidden.md) <script>x</script>"
    ),
    "notes/a.md": post("A", "2024-06-01", unknown="x", headline="Other"),
    "hidden.md": post("Hidden", draft="true"),
    "later.md": post("Later", "2099-01-01"),
    "gone.md": post("Gone", expires="2024-06-01"),
    "undated.md": "---\ntitle: No date\n---\n\nText.\n",
    "moved.md": post("Moved", redirect_to="/x/"),
    "drafts/idea.md": post("Idea"),
    "README.md": "# About\n",
    "broken.md": "---\ntitle: [a\n---\n\nText.\n",
    "twice.md": post("Twice", permalink="/good/"),
    "section/_index.md": "---\ncascade:\n  author: Ada\n---\n",
    "section/b.md": post("B", "2023-01-01"),
}
OUTCOMES = {
    "good.md": ("public", "", 0), "notes/a.md": ("public", "", 0),
    "hidden.md": ("hidden", "draft: true", 0),
    "later.md": ("scheduled", "until 2099-01-01T00:00:00+00:00", 0),
    "gone.md": ("expired", "since 2024-06-01T00:00:00+00:00", 0),
    "undated.md": ("undated", "in the sitemap only", 0),
    "moved.md": ("not a post", "`redirect_to` leads elsewhere", 0),
    "drafts/idea.md": ("hidden", "in a folder of drafts", 0),
    "README.md": ("not a post", "about the folder, not part of the site", 0),
    "broken.md": ("refused", "F011: not YAML: did not find expected ',' or ']'", 1),
    "twice.md": ("refused", "F031: the address https://example.org/good/ belongs to good.md", 1),
}  # fmt: skip


@pytest.fixture(scope="module")
def full(module_site: Site) -> Site:
    for name, text in FILES.items():
        module_site.write(name, text)
    for path in module_site.content.rglob("*"):
        os.utime(path, (NOW - 1000, NOW - 1000))
    (module_site.content / "picture.png").write_bytes(b"")
    return module_site


def shown(site: Site, file: str) -> dict[str, Any]:
    return look(load(base=site.root), file, lambda: NOW)


def origin(found: dict[str, Any], name: str) -> list[str]:
    return [one["text"] for field in found["fields"] if field["name"] == name
            for one in field["from"]]  # fmt: skip


@pytest.mark.parametrize("file", OUTCOMES)
def test_states(full: Site, file: str) -> None:
    found = shown(full, file)
    name, reason, _ = OUTCOMES[file]
    assert (found["state"]["name"], found["state"]["reason"]) == (name, reason)


def test_documents_and_html(full: Site) -> None:
    good = shown(full, str(full.content / "good.md"))
    listed = {one["path"]: (one["position"], one["entries"]) for one in good["documents"]}
    assert listed == {
        **dict.fromkeys(("/feed.xml", "/atom.xml", "/feed.json"), (2, 3)),
        "/sitemap.xml": (2, 4),
    }
    assert good["html"] == '<p>To <a href="https://example.org/notes/a/">a</a>, it </p>'
    assert not good["published"]
    assert origin(good, "id") == ["its address; kept for ever once published"]
    undated = shown(full, "undated.md")
    assert [one["path"] for one in undated["documents"]] == ["/sitemap.xml"]
    assert [one["text"] for one in shown(full, "later.md")["state"]["from"]] == ["`date`, line 3"]
    assert not shown(full, "hidden.md")["documents"]
    unused = shown(full, "notes/a.md")["unused"]
    assert unused == [{"key": "unknown", "line": 4, "read": False},
                      {"key": "headline", "line": 5, "read": True}]  # fmt: skip
    assert origin(shown(full, "section/b.md"), "authors") == [
        "`author`, cascade for section/_index.md"
    ]


def test_an_id_that_was_published_since(site: Site) -> None:
    path = site.write("a.md", post("A"))
    os.utime(path, (NOW - 1000, NOW - 1000))
    assert origin(shown(site, "a.md"), "id") == ["its address; kept for ever once published"]
    site.write("a.md", post("A", slug="former"))
    with Publisher(lambda: load(base=site.root), lambda: NOW) as publisher:
        publish_once(publisher)
    site.write("a.md", post("A"))
    found = shown(site, "a.md")
    assert origin(found, "id") == ["the ledger, since 2027-01-15T08:00:00+00:00"]
    values = {field["name"]: field["value"] for field in found["fields"]}
    assert (values["url"], values["id"]) == (
        "https://example.org/a/",
        "https://example.org/former/",
    )
    assert found["published"]


WRONG = {
    "none.md": "there is no such file",
    "../feeds.toml": "is not in the content folder",
    "picture.png": "is not read: content.include",
}


@pytest.mark.parametrize("file", WRONG)
def test_files_that_are_not_read(full: Site, file: str) -> None:
    with pytest.raises(NoSuchPost, match=WRONG[file]) as refused:
        shown(full, file)
    assert f"the posts are read from {full.content}" in str(refused.value)


def command(*args: str) -> Result:
    return CliRunner().invoke(main, ["show", *args])


def test_the_command_beside_a_publisher(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(site.root)
    for name in ("good.md", "hidden.md", "broken.md"):
        site.write(name, FILES[name])
    with site.serve(ready="/feed.xml"):
        first = site.run("show", "content/good.md")
        assert (first.returncode, first.stderr) == (0, "")
        assert "in /feed.xml, entry 1 of 1" in first.stdout
        assert "`date`, line 3" in first.stdout
        assert "the ledger, since" in first.stdout
        table = first.stdout.partition("in /feed.xml")[0]
        assert max(map(len, table.splitlines())) <= 100
        site.write("good.md", FILES["good.md"].replace("---\n\n", "- : [\n---\n\n"))
        kept = command("--json", "good.md")
        found = json.loads(kept.stdout)
        assert (kept.exit_code, found["state"]["name"]) == (1, "kept")
        assert origin(found, "title") == ["the last good entry"]
        assert found["documents"][0]["path"] == "/feed.xml"


def test_the_body_alone_and_exit_codes(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(site.content)
    for name in ("hidden.md", "broken.md"):
        site.write(name, FILES[name])
    monkeypatch.setenv("FEEDS_CONFIG", str(site.root / "feeds.toml"))
    hidden = command("--html", "hidden.md")
    assert (hidden.exit_code, hidden.stdout) == (0, "<p>Text.</p>\n")
    broken = command("broken.md")
    assert (broken.exit_code, broken.stdout.count("F011")) == (1, 2)
    wrong = command("none.md")
    assert (wrong.exit_code, "there is no such file" in wrong.stderr) == (2, True)
