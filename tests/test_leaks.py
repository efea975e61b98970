"""Nothing unpublished leaks, nothing published is held back, and no text breaks a document.

Each hidden post carries a word of its own in every field: title, body, tags, summary, author,
image, file name. That word may be in no answer of the service, from the start or after the edit
that hides a post which was public.
"""

from __future__ import annotations

import html
import itertools
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from conftest import URL, Answer, Server, Site, post
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lxml import etree

FEEDS = ("/feed.xml", "/atom.xml", "/feed.json")
PATHS = (*FEEDS, "/sitemap.xml", "/robots.txt", "/feeds.opml", "/", "/healthz", "/no-such-page/")
SETTINGS = f'[site]\nurl = "{URL}"\ntitle = "Example"\n[feeds]\nentries = 1000\n'

DRAFTS = """
draft: true|draft: True|draft: TRUE|draft: yes|draft: Yes|draft: on|draft: ON|draft: 1
draft: "true"|draft: 'yes'|draft: "on"|draft: "1"|draft: " TRUE "|draft:   true   # not yet
Draft: true|DRAFT: yes|"draft": true|'draft': on|draft : true|draft: !!bool yes|draft: !!str true
published: false|published: no|published: off|published: 0|published: "false"|Published: "No"
publish: false|publish: no|private: true|private: "yes"|unlisted: true|noindex: true
draft: ture|draft: maybe|draft: 2|draft: [true]|draft: {a: b}|draft: 2024-01-01|draft: soon
"""
STATUS = """
status: draft|status: Draft|status: "DRAFT "|status: private|status: hidden|status: pending
status: future|status: trash|status: unpublished|status: review|status: "Solved ✅"|status: 7
status: [draft]|status: in progress|Status: draft|status: draft, published|status: {a: draft}
"""
MEMBERS = """
visibility: members|visibility: private|visibility: paid|Visibility: Members|visibility: tiers
access: members|access: paid|access: subscribers|members_only: true|members_only: yes
members-only: true|premium: true|premium: "1"|paid: true|paid: on|Premium: yes
visibility: [members]|access: {level: members}
"""
TIMES = """
date: 2199-01-01|date: "2199-01-01"|date: 2199-01-01 10:00:00|date: 2199-01-01T10:00:00+02:00
date: 9999-12-31
expires: 2020-01-01|expires: "2020-01-01"|expirydate: 2020-01-01|expiryDate: 2020-01-01
expiry_date: 2020-01-01 10:00:00 +0200|expiry_date: "2020-01-01T00:00:00Z"|Expires: 2020-01-01
expires: 0001-01-01|expirydate: 1970-01-01|expires: 2020/1/1
"""
TOML = """
draft = true|draft = "true"|draft = "yes"|draft = 1|draft = "on"|Draft = true|"draft" = true
draft = 1.0|published = false|published = "no"|status = "draft"|status = "review"|private = true
visibility = "members"|premium = true|paid = 1|expires = 2020-01-01|expirydate = "2020-01-01"
expires = 2020-01-01T00:00:00Z|expiry_date = 2020-01-01T00:00:00|date = 2199-01-01|draft = [true]
date = "2199-01-01"
"""
JSON = """
"draft": true|"draft": "true"|"draft": "YES"|"draft": 1|"Draft": true|"draft": "on"|"draft": 1.0
"published": false|"published": "no"|"published": 0|"status": "draft"|"status": "review"
"status": ["draft"]|"private": true|"visibility": "members"|"access": "paid"|"premium": "yes"
"expires": "2020-01-01"|"expirydate": "2020-01-01T00:00:00Z"|"date": "2199-01-01"
"dr\\u0061ft": true|"draft": [true]|"expires": 1577836800
"""
SHOWN = """
draft: false|draft: "false"|draft: no|draft: off|draft: 0|draft: "0"|draft: FALSE|draft: 'No'
published: true|published: yes|published: "on"|published: 1|status: published|status: publish
status: Public|status: live|status: final|private: false|private: no|visibility: public
access: public|members_only: false|premium: "no"|paid: 0|expires: 2199-01-01|noindex: false
expirydate: "2199-01-01"|expires: 9999-12-31|unlisted: "off"|publish: true|drafted: true
"""


@dataclass(frozen=True)
class Case:
    """A line of front matter, and the word that its post carries in every field."""

    kind: str
    line: str
    word: str

    @property
    def name(self) -> str:
        return f"{self.word}.md"

    def source(self, hidden: bool = True) -> str:
        """Return the post, with its line or as it would be without."""
        lines = {"yaml": yaml_lines, "toml": toml_lines, "json": json_lines}[self.kind](self.word)
        key = re.findall(r"\w+", self.line)[0].lower()
        fields = [field for field in lines if key != "date" or not hidden or "date" not in field]
        fields += [self.line] if hidden else []
        body = f"\n\nBody {self.word}. ![{self.word}](/{self.word}.png)\n"
        if self.kind == "json":
            return "{\n" + ",\n".join(fields) + "\n}" + body
        fence = "---" if self.kind == "yaml" else "+++"
        return "\n".join([fence, *fields, fence]) + body


def yaml_lines(word: str) -> list[str]:
    return [
        *(f"title: Title {word}", "date: 2024-05-01", f"tags: [{word}, common]"),
        *(f"description: Summary {word}", f"author: {word}", f"image: /{word}.jpg"),
    ]


def toml_lines(word: str) -> list[str]:
    return [
        *(f'title = "Title {word}"', "date = 2024-05-01", f'tags = ["{word}", "common"]'),
        *(f'description = "Summary {word}"', f'author = "{word}"', f'image = "/{word}.jpg"'),
    ]


def json_lines(word: str) -> list[str]:
    return [
        *(f'"title": "Title {word}"', '"date": "2024-05-01"', f'"tags": ["{word}", "common"]'),
        *(f'"description": "Summary {word}"', f'"author": "{word}"', f'"image": "/{word}.jpg"'),
    ]


def cases(kind: str, prefix: str, table: str) -> list[Case]:
    lines = [line for row in table.strip().splitlines() for line in row.split("|")]
    return [Case(kind, line, f"zq{prefix}{number:02}zq") for number, line in enumerate(lines)]


HIDDEN = [
    *cases("yaml", "draft", DRAFTS),
    *cases("yaml", "status", STATUS),
    *cases("yaml", "members", MEMBERS),
    *cases("yaml", "time", TIMES),
    *cases("toml", "toml", TOML),
    *cases("json", "json", JSON),
]
# Files with a draft in something like a header: read or refused, as a block that cannot be read
# must never fall through into the body (DIALECTS, 6.2). # is the word.
LOOSE = [
    "\n\n---\ntitle: #\ndate: 2024-05-01\ndraft: true\n---\n#\n",
    " ---\ntitle: #\ndate: 2024-05-01\ndraft: true\n ---\n#\n",
    "---  \ntitle: #\ndate: 2024-05-01\ndraft: true\n---\t\n#\n",
    "----\ntitle: #\ndate: 2024-05-01\ndraft: true\n----\n#\n",
    "----------\ntitle: #\ndate: 2024-05-01\ndraft: true\n----------\n#\n",
    "--- # yaml\ntitle: #\ndate: 2024-05-01\ndraft: true\n---\n#\n",
    "---yaml\ntitle: #\ndate: 2024-05-01\ndraft: true\n---\n#\n",
    '---json\n{"title": "#", "date": "2024-05-01", "draft": true}\n---\n#\n',
    '---toml\ntitle = "#"\ndate = 2024-05-01\ndraft = true\n---\n#\n',
    '---js\n{ title: "#", date: "2024-05-01", draft: true }\n---\n#\n',
    "---\r\ntitle: #\r\ndate: 2024-05-01\r\ndraft: true\r\n---\r\n#\r\n",
    "---\rtitle: #\rdate: 2024-05-01\rdraft: true\r---\r#\r",
    "\ufeff\ufeff---\ntitle: #\ndate: 2024-05-01\ndraft: true\n---\n#\n",
    "\u200b---\ntitle: #\ndate: 2024-05-01\ndraft: true\n---\n#\n",
    "---\ntitle: #\ndate: 2024-05-01\ndraft: true\n...\n#\n",
    "---\ntitle: #\ndate: 2024-05-01\ndraft: true\n ---\n#\n",
    "---\n{title: #, date: 2024-05-01, draft: true}\n---\n#\n",
    "---\n? title\n: #\n? draft\n: true\n---\n#\n",
    "---\n%YAML 1.1\n---\ntitle: #\ndate: 2024-05-01\ndraft: true\n---\n#\n",
    "---\ntitle: #\ndate: 2024-05-01\ndraft: |\n  true\n---\n#\n",
    "---\ntitle: #\ndate: 2024-05-01\ndraft:\n  true\n---\n#\n",
    "---\ntitle: #\ndate: 2024-05-01\ndraft：true\n---\n#\n",
    "---\ntitle: #\ndate: 2024-05-01\ndraft:true\n---\n#\n",
    "---\ntitle: #\ndate: 2024-05-01\n\tdraft: true\n---\n#\n",
    "---\ntitle: #\ndate: 2024-05-01\n  draft: true\n---\n#\n",
    "---\ntitle: #\ndate: 2024-05-01\ndraft:\u00a0true\n---\n#\n",
    "---\ntitle: #\ndate: 2024-05-01\n\u00a0draft: true\n---\n#\n",
    "---\ntitle: #\ndate: 2024-05-01\ndraft = true\n---\n#\n",
    '\n+++\ntitle = "#"\ndate = 2024-05-01\ndraft = true\n+++\n#\n',
    '+++ \ntitle = "#"\ndate = 2024-05-01\ndraft = true\n+++ \n#\n',
    '+++\r\ntitle = "#"\r\ndate = 2024-05-01\r\ndraft = true\r\n+++\r\n#\r\n',
    '+++\ntitle = "#"\ndate = 2024-05-01\ndraft = True\n+++\n#\n',
    '{"title": "#", "date": "2024-05-01", "draft": true}\n#\n',
    '\n{\n"title": "#",\n"date": "2024-05-01",\n"draft": true\n}\n#\n',
    '{ \n "title": "#", "date": "2024-05-01",\n "x": {\n}, "draft": true }\n#\n',
    '{"title": "#", "date": "2024-05-01", "draft": true,}\n#\n',
    "{'title': '#', 'date': '2024-05-01', 'draft': true}\n#\n",
    '{"title": "#", "date": "2024-05-01", "draft": True}\n#\n',
]
PUBLIC = cases("yaml", "shown", SHOWN)
TARGET = HIDDEN[0].word
WAYS = [  # of linking to a hidden post from a public one, whose URL is /linker/
    f"[way](/{TARGET}/)",
    f"[way](../{TARGET}/)",
    f"[way]({URL}{TARGET}/)",
    f"[way](//example.org/{TARGET}/)",
    f"[way](/{TARGET}/#part)",
    f"[way](/{TARGET}/?from=here)",
    f"[way](/{TARGET})",
    f"[way](HTTPS://EXAMPLE.ORG/{TARGET}/)",
    f"[way](/./{TARGET}/)",
    f"[way](/{TARGET.replace('z', '%7A')}/)",
    f'<a href="/{TARGET}/">way</a>',
    f"[way][there]\n\n[there]: /{TARGET}/",
    f"<a href='&#47;{TARGET}&#47;'><b>way</b></a>",
]


def answers(server: Server) -> dict[str, str]:
    return {path: server.get(path).text for path in PATHS}


def settled(server: Server) -> dict[str, str]:
    """Return every answer when no hidden word is left in any, or as they are after 20 s."""
    end = time.monotonic() + 20
    while True:
        found = answers(server)
        words = [case.word for case in HIDDEN if showing(found, case.word)]
        if not words or time.monotonic() > end:
            return found
        time.sleep(0.2)


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return every answer of a site whose hidden posts were hidden from the start."""
    site = Site(tmp_path_factory.mktemp("hidden") / "site")
    site.settings(SETTINGS)
    for case in (*HIDDEN, *PUBLIC):
        site.write(case.name, case.source())
    for number, text in enumerate(LOOSE):
        site.write(
            f"2024-05-01-zqloose{number:02}zq.md", text.replace("#", f"zqloose{number:02}zq")
        )
    site.write("linker.md", post("Linker", body="\n\n".join(WAYS)))
    site.write("_drafts/folder.md", post("zqfolder1zq"))
    site.write("drafts/folder.md", post("zqfolder2zq"))
    with site.live() as server:
        return answers(server)


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """Return every answer of a site before and after the edits that hide its public posts."""
    site = Site(tmp_path_factory.mktemp("edited") / "site")
    site.settings(SETTINGS)
    for case in HIDDEN:
        site.write(case.name, case.source(hidden=False))
    site.write("linker.md", post("Linker", body="\n\n".join(WAYS)))
    with site.live() as server:
        before = answers(server)
        for case in HIDDEN:
            site.write(case.name, case.source())
        site.write("after.md", post("After the edits"))
        server.until(lambda a: "After" in a.text)
        return {"before": before, "after": settled(server)}


def showing(texts: dict[str, str], word: str) -> list[str]:
    return [path for path, text in texts.items() if word in text]


@pytest.mark.parametrize("case", HIDDEN, ids=lambda case: f"{case.kind} {case.line}")
def test_hidden_from_the_start(documents: dict[str, str], case: Case) -> None:
    """No word of a draft, a future, expired or members-only post is in any answer."""
    assert showing(documents, case.word) == []


@pytest.mark.parametrize("case", HIDDEN, ids=lambda case: f"{case.kind} {case.line}")
def test_hidden_by_an_edit(stages: dict[str, dict[str, str]], case: Case) -> None:
    """A post that was public is gone from every answer after the edit that hides it."""
    assert set(showing(stages["before"], case.word)) >= {*FEEDS, "/sitemap.xml"}
    assert showing(stages["after"], case.word) == []


@pytest.mark.parametrize("case", PUBLIC, ids=lambda case: case.line)
def test_shown(documents: dict[str, str], case: Case) -> None:
    """A post whose author publishes it is held back by no spelling."""
    assert showing(documents, case.word) == [*FEEDS, "/sitemap.xml", "/feeds.opml"]


@pytest.mark.parametrize("number", range(len(LOOSE)))
def test_a_draft_in_a_loose_header(documents: dict[str, str], number: int) -> None:
    """A header that is not quite one is read or refused: what it hides is not shown as text."""
    assert showing(documents, f"zqloose{number:02}zq") == [], LOOSE[number]


def test_folders_of_drafts(documents: dict[str, str]) -> None:
    """What lies in `_drafts` or `drafts` is unfinished."""
    assert showing(documents, "zqfolder1zq") + showing(documents, "zqfolder2zq") == []


def test_links_to_hidden_posts_become_text(
    documents: dict[str, str], stages: dict[str, dict[str, str]]
) -> None:
    """A link to a hidden post keeps its words and loses its address; to a public one it stays."""
    for texts in (documents, stages["after"]):
        items = json.loads(texts["/feed.json"])["items"]
        content = next(i["content_html"] for i in items if i["url"] == f"{URL}linker/")
        assert content.count("way") == len(WAYS)
        assert "href" not in content
    assert stages["before"]["/feed.json"].count(f"{URL}{TARGET}/") > 1


def test_answers_are_whole(documents: dict[str, str]) -> None:
    """The counts tell nothing but numbers; an unknown page is a short 404."""
    health = json.loads(documents["/healthz"])
    assert health["posts"]["published"] == len(json.loads(documents["/feed.json"])["items"])
    assert health["posts"]["hidden"] + health["posts"]["refused"] >= len(HIDDEN)
    assert "zq" not in documents["/healthz"]
    assert len(documents["/no-such-page/"]) < 1000


FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# Left out are only the characters that Markdown, HTML references and templates are made of.
LETTERS = st.characters(exclude_categories=(), exclude_characters="*_`[\\~#;{%")
PIECES = st.sampled_from(
    [
        "<",
        ">",
        "&",
        "]]>",
        "<!--",
        "-->",
        "<b>",
        "</title>",
        "<![CDATA",
        '"',
        "'",
        "\x00",
        "\ufffe",
        "�",
        "�",
        "😀",
        "\u200d",
        "\u2028",
        "\x85",
        "\xa0",
        "\r\n",
        "\t",
        "\u202e",
        "é",
    ]
)
TEXT = st.lists(st.one_of(LETTERS, PIECES), max_size=25).map("".join)
VALUE: st.SearchStrategy[Any] = st.recursive(
    st.one_of(TEXT, st.none(), st.booleans(), st.integers(), st.floats()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)),
    max_leaves=5,
)
PLAIN = st.fixed_dictionaries(
    {"title": TEXT},
    optional={
        **dict.fromkeys(("description", "summary", "author", "lang", "image", "body"), TEXT),
        **{key: st.lists(TEXT, max_size=4) for key in ("categories", "authors")},
    },
)
KEYS = re.findall(
    r"\w+",
    """title date updated lastmod description summary author authors tags categories slug
permalink url draft published status ogImage image cover lang expires expirydate id guid
enclosure visibility access premium weight content handler self""",
)
MARKS = itertools.count()
WILD = st.dictionaries(st.one_of(st.sampled_from(KEYS), TEXT), VALUE, max_size=6)


@pytest.fixture(scope="module")
def any_text(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Server]]:
    """An empty site that is being served, for posts of any text."""
    site = Site(tmp_path_factory.mktemp("text") / "site")
    site.settings(SETTINGS)
    with site.serve() as server:
        yield site, server


def write_all(
    site: Site, plain: list[dict[str, Any]], wild: list[dict[str, Any]], mark: str
) -> None:
    """Replace all posts: `mark` is a tag of each, so that a feed shows that it is the new one."""
    for number, fields in enumerate(plain):
        front = {**fields, "date": f"2024-05-{number + 1:02}", "tags": [mark]}
        body = clean(fields.get("body", ""))
        site.write(f"plain-{number:02}.md", f"{json.dumps(front, indent=1)}\n\n{body}\n")
    for number, fields in enumerate(wild):
        site.write(f"wild-{number:02}.md", json.dumps(fields, indent=1) + "\n\nText.\n")


def clean(text: str) -> str:
    """Return `text` as JSON gives it, without the characters that XML forbids."""
    return FORBIDDEN.sub("", json.loads(json.dumps(text)))


def marked(answer: Answer, mark: str) -> int:
    """Return how many entries of a feed carry `mark`."""
    if "json" in answer["content-type"]:
        return sum(mark in json.dumps(item) for item in answer.json["items"])
    entries = etree.fromstring(answer.body).iter("item", "{*}entry")
    return sum(mark.encode() in etree.tostring(entry) for entry in entries)


def titles(server: Server, mark: str, count: int) -> dict[str, dict[str, str]]:
    """Return the titles by address of each feed, when all `count` new posts are in it."""
    rss, atom, feed = (
        server.until(lambda answer: marked(answer, mark) == count, path).body for path in FEEDS
    )
    etree.fromstring(server.get("/sitemap.xml").body)
    entries = etree.fromstring(atom).iter("{*}entry")
    return {
        "rss": {
            item.findtext("link") or "": item.findtext("title") or ""
            for item in etree.fromstring(rss).iter("item")
        },
        "atom": {
            str(entry.find("{*}link[@rel='alternate']").get("href")): atom_title(entry)
            for entry in entries
        },
        "json": {item["url"]: item.get("title", "") for item in json.loads(feed)["items"]},
    }


def atom_title(entry: etree._Element) -> str:
    element = entry.find("{*}title")
    assert element is not None
    text = element.text or ""
    return html.unescape(text) if element.get("type") == "html" else text


@settings(
    max_examples=4,
    deadline=None,
    database=None,
    phases=[Phase.generate],  # an example takes seconds: shrinking one would take minutes
    suppress_health_check=list(HealthCheck),
)
@given(
    plain=st.lists(PLAIN, min_size=28, max_size=28),
    wild=st.lists(WILD, min_size=20, max_size=20),
)
def test_any_text_in_any_field(
    any_text: tuple[Site, Server],
    plain: list[dict[str, Any]],
    wild: list[dict[str, Any]],
) -> None:
    """Whatever stands in whatever field: well-formed documents, and titles that read the same.

    White space is one space, and characters that XML forbids are gone; nothing else changes.
    """
    site, server = any_text
    mark = f"mark{next(MARKS)}mark"
    write_all(site, plain, wild, mark)
    for path, found in titles(server, mark, len(plain)).items():
        for index, fields in enumerate(plain):
            wanted, title = clean(fields["title"]), found[f"{URL}plain-{index:02}/"]
            assert not re.search(r"[\t\r\n]|  |^ | $", title), (path, title)
            if "".join(wanted.split()):
                assert "".join(title.split()) == "".join(wanted.split()), path
