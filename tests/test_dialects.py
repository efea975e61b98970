"""Every row of the table of keys: who writes what under which name, and what it is read as."""

from __future__ import annotations

import pickle
import subprocess
import sys
from itertools import pairwise
from typing import Any

import pytest

from feeds.index.rows import made
from feeds.model import Author, Post
from feeds.settings import Settings
from feeds.sources.reading import Reading, Surroundings, understand

SITE = {"url": "https://example.org/", "timezone": "Europe/Berlin"}
AUTHORS = {
    "ada": {"name": "Ada Lovelace", "url": "https://ada.example/"},
    "g.hopper-1": {"name": "Grace Hopper"},
}
ADA = Author(name="Ada Lovelace", url="https://ada.example/")
NAMES = (Author(name="Ada Lovelace"), Author(name="Grace Hopper"))


def read(
    front: str,
    body: str = "Text.",
    key: str = "posts/hello.md",
    profile: str = "plain",
    **content: Any,
) -> Reading:
    """Read a post with `front` as YAML, in a site that knows two authors."""
    settings = Settings(site=SITE, content={"profile": profile, **content})
    raw = f"---\n{front}\n---\n{body}\n".encode()
    return understand(key, raw, Surroundings.of(settings, authors=AUTHORS))


def post_of(front: str, *args: Any, **more: Any) -> Post:
    """Return the post that `front` must give."""
    reading = read(front, *args, **more)
    assert reading.outcome == "post", reading.problems
    assert reading.post is not None
    return reading.post


def pairs(keys: list[str]) -> list[tuple[str, str]]:
    """Return each key with the one after it: of the two the first must win."""
    return list(pairwise(keys))


def codes(reading: Reading) -> set[str]:
    return {problem.code for problem in reading.problems}


def line(key: str, value: str) -> str:
    """Return YAML that says `value` under a dotted key."""
    outer, _, inner = key.partition(".")
    return f"{outer}: {{{inner}: {value}}}" if inner else f"{key}: {value}"


# Title


TITLES: list[tuple[str, str | None]] = [
    ("title: Hello", "Hello"),
    ("Title: Hello", "Hello"),
    ("TITLE: Hello", "Hello"),
    ("newstitle: Hello", "Hello"),
    ("headline: Hello", "Hello"),
    ("pageTitle: Hello", "Hello"),
    ("linkTitle: Hello", "Hello"),
    ("sidebar_label: Hello", "Hello"),
    ("sidebar-label: Hello", "Hello"),
    ("name: an-id", None),
    ("title: ''\nheadline: Hello", "Hello"),
    ("title: '  '\nheadline: Hello", "Hello"),
    ("title:\nheadline: Hello", "Hello"),
    ("title: ~", None),
    ("title: 2023", "2023"),
    ("title: 1.10", "1.10"),
    ("title: 010", "010"),
    ("title: 16:00:00", "16:00:00"),
    ("title: No", "No"),
    ("title: on", "on"),
    ("title: 2024-05-01", "2024-05-01"),
    ("title: IRS2Go &#8216;App&#8217;", "IRS2Go ‘App’"),
    ("title: AT&amp;T", "AT&T"),
    ("title: Writing &amp;amp; in HTML", "Writing &amp; in HTML"),
    ("title: Fish & Chips", "Fish & Chips"),
    ("title: 'Stabilizing `async fn` in traits'", "Stabilizing async fn in traits"),
    ("title: '**Bold** and *slanted*'", "Bold and slanted"),
    ("title: 'See [the docs](https://x.example/)'", "See the docs"),
    ("title: '<InputAccessoryView> for iOS'", "<InputAccessoryView> for iOS"),
    ("title: '`Vec<T>` is here'", "Vec<T> is here"),
    ("title: snake_case_name", "snake_case_name"),
    ("title: 2 * 3 * 4 = 24", "2 * 3 * 4 = 24"),
    ("title: C# and C++", "C# and C++"),
    ("title: '  two   spaces  '", "two spaces"),
    ("title: |\n  Hello\n  world", "Hello world"),
    ("title: >-\n  Hello\n  world", "Hello world"),
    ("title: “Quoted” – it’s fine", "“Quoted” – it’s fine"),
    ("title: 全角，标点！", "全角，标点！"),
    ("title: می\u200cخواهم", "می\u200cخواهم"),
    ("title: 👩\u200d💻 at work", "👩\u200d💻 at work"),
    ("title: Don’t &lt;panic&gt;", "Don’t <panic>"),
    ("title: Hello\nseo:\n  title: Other", "Hello"),
]  # fmt: skip


@pytest.mark.parametrize(("front", "title"), TITLES)
def test_title(front: str, title: str | None) -> None:
    assert post_of(f"{front}\ndate: 2024-05-01").title == title


TITLE_KEYS = ["title", "newstitle", "headline", "pagetitle", "linktitle", "sidebar_label"]


@pytest.mark.parametrize(("first", "second"), pairs(TITLE_KEYS))
def test_titles_in_order(first: str, second: str) -> None:
    assert post_of(f"{second}: Second\n{first}: First").title == "First"


@pytest.mark.parametrize(
    ("front", "title"),
    [
        ("date: 2024-05-01", "In the body"),
        ("pagetitle: First", "First"),
        ("linktitle: Later", "In the body"),
        ("sidebar_label: Later", "In the body"),
    ],
)
def test_a_first_heading_in_the_order_of_titles(front: str, title: str) -> None:
    assert post_of(front, "# In the body\n\nText.").title == title


@pytest.mark.parametrize(
    ("front", "body", "heading"),
    [
        ("date: 2024-05-01", "# Hello\n\nText.", "Hello"),
        ("title: Hello", "# Hello\n\nText.", "Hello"),
        ("title: Hello", "Hello\n=====\n\nText.", "Hello"),
        ("title: Hello", "# Another\n\nText.", None),
        ("title: Hello", "## Hello\n\nText.", None),
        ("title: Hello", "Text.", None),
    ],
)
def test_the_heading_that_repeats_the_title(front: str, body: str, heading: str | None) -> None:
    assert post_of(front, body).heading == heading


@pytest.mark.parametrize("profile", ["jekyll", "docusaurus", "obsidian"])
@pytest.mark.parametrize("name", ["hello-world", "Hello World", "2024-05-01-hello-world"])
def test_a_post_is_called_by_its_file(profile: str, name: str) -> None:
    post = post_of("layout: post\ndate: 2024-05-01", key=f"posts/{name}.md", profile=profile)
    assert (post.title or "").casefold().replace("-", " ") == "hello world"


@pytest.mark.parametrize("profile", ["plain", "hugo", "zola", "hexo", "eleventy", "astro"])
def test_a_post_without_title(profile: str) -> None:
    assert post_of("date: 2024-05-01", profile=profile).title is None


@pytest.mark.parametrize("template", ["{{ .Name }}", "<% tp.file.title %>", "{{ replace 'a' }}"])
def test_template_text_is_no_text(template: str) -> None:
    reading = read(f'title: "{template}"\ndescription: "{template}"\ndate: 2024-05-01')
    assert reading.post is None or (reading.post.title, reading.post.summary) == (None, None)
    assert "F034" in codes(reading)


def test_control_characters_are_removed() -> None:
    reading = read("title: a\x08b\ndate: 2024-05-01")
    assert reading.post is not None
    assert reading.post.title == "ab"
    assert "F024" in codes(reading)


# Summary


SUMMARY_KEYS = "description summary excerpt deck teaser preview spoiler lead subtitle tldr".split()


@pytest.mark.parametrize(
    "key", [*SUMMARY_KEYS, "Description", "params.description", "seo.description"]
)
def test_summary_under_each_key(key: str) -> None:
    assert post_of(line(key, "In short.")).summary == "In short."


@pytest.mark.parametrize(("first", "second"), pairs(SUMMARY_KEYS))
@pytest.mark.parametrize("empty", ["''", "~", "'   '"])
def test_summaries_in_order(first: str, second: str, empty: str) -> None:
    assert post_of(f"{second}: Second\n{first}: First").summary == "First"
    assert post_of(f"{second}: Second\n{first}: {empty}").summary == "Second"


@pytest.mark.parametrize(
    ("value", "summary"),
    [
        ("'  In   short.  '", "In short."),
        ("|\n  Two\n  lines.", "Two lines."),
        ("Fish &amp; chips &#8216;here&#8217;", "Fish & chips ‘here’"),
        ("'**Bold** [link](https://x.example/) `code`'", "Bold link code"),
        ("2023", "2023"),
        ("No", "No"),
    ],
)
def test_summary_is_plain_text(value: str, summary: str) -> None:
    assert post_of(f"description: {value}").summary == summary


@pytest.mark.parametrize(
    "value", ["/images/preview.png", "../assets/preview.png", "./p.jpg", "https://x.example/p.webp"]
)
def test_a_preview_that_is_a_picture(value: str) -> None:
    assert post_of(f"preview: {value}\nspoiler: In short.").summary == "In short."


def test_a_long_summary_is_cut_at_a_word() -> None:
    summary = post_of("description: " + "lorem ipsum " * 100).summary or ""
    assert 480 < len(summary) <= 500
    assert summary.endswith(("lorem…", "ipsum…"))


# Authors


AUTHOR_FORMS: list[tuple[str, tuple[Author, ...]]] = [
    ("author: Ada Lovelace", NAMES[:1]),
    ("Author: Ada Lovelace", NAMES[:1]),
    ("authors: Ada Lovelace", NAMES[:1]),
    ("by: [Ada Lovelace, Grace Hopper]", NAMES),
    ("author_name: Ada Lovelace", NAMES[:1]),
    ("hosts: [Ada Lovelace, Grace Hopper]", NAMES),
    ("hosts: {Ada Lovelace: https://ada.example/}", (ADA,)),
    ("author: {name: Ada Lovelace}", NAMES[:1]),
    ("author: {name: Ada Lovelace, url: https://ada.example/, email: a@b.example}", (ADA,)),
    ("author: {display_name: Ada Lovelace, login: al, email: a@b.example}", NAMES[:1]),
    ("extra: {author: {name: Ada Lovelace}}", NAMES[:1]),
    ("authors: [{name: Ada Lovelace, url: 'https://ada.example/'}, Grace Hopper]", (ADA, NAMES[1])),
    ("authors: [Ada Lovelace, Grace Hopper]", NAMES),
    ("author: Ada Lovelace; Grace Hopper", NAMES),
    ("author: Ada Lovelace and Grace Hopper", NAMES),
    ("author: Ada Lovelace & Grace Hopper", NAMES),
    ("author: |\n  Ada Lovelace\n  Grace Hopper", NAMES),
    ("author: Sandy Anderson", (Author(name="Sandy Anderson"),)),
    ("author: 'Lovelace, Ada; Hopper, Grace'",
     (Author(name="Lovelace, Ada"), Author(name="Hopper, Grace"))),
    ("author: 'Ada Lovelace, Director'", (Author(name="Ada Lovelace, Director"),)),
    ("author: '[Ada Lovelace](https://ada.example/)'", (ADA,)),
    ("author: '[Ada Lovelace](javascript:alert(1))'", NAMES[:1]),
    ("author: {name: Ada Lovelace, url: 'javascript:alert(1)'}", NAMES[:1]),
    ("author: Jo&#227;o", (Author(name="João"),)),
    ("author: ada", (ADA,)),
    ("authors: [ada, g.hopper-1]", (ADA, NAMES[1])),
    ("hosts: [ada]", (ADA,)),
    ("author: nobody-known", (Author(name="nobody-known"),)),
    ("authors: []\nauthor: Ada Lovelace", NAMES[:1]),
    ("authors: [null]\nauthor: Ada Lovelace", NAMES[:1]),
    ("authors: ''\nby: Ada Lovelace", NAMES[:1]),
    ("author: Ada Lovelace\nguests: [Grace Hopper]\ntranslator: Grace Hopper", NAMES[:1]),
    ("authors: [null, Ada Lovelace]", NAMES[:1]),
]  # fmt: skip


@pytest.mark.parametrize(("front", "authors"), AUTHOR_FORMS)
def test_authors(front: str, authors: tuple[Author, ...]) -> None:
    assert post_of(front).authors == authors


@pytest.mark.parametrize(("first", "second"), pairs("authors author by author_name hosts".split()))
def test_authors_in_order(first: str, second: str) -> None:
    post = post_of(f"{second}: Grace Hopper\n{first}: Ada Lovelace")
    assert post.authors == NAMES[:1]


def test_authors_with_commas_in_pelican() -> None:
    assert post_of("author: Ada Lovelace, Grace Hopper", profile="pelican").authors == NAMES


@pytest.mark.parametrize(
    "front",
    [
        "author: ada@b.example",
        "author: Ada Lovelace <ada@b.example>",
        "author: {email: ada@b.example}",
        "authors: [ada@b.example, {name: Ada, email: ada@b.example}]",
        "author: '[Ada](mailto:ada@b.example)'",
        "author_login: ada@b.example\nauthor_email: ada@b.example",
        "comments: [{author_email: ada@b.example, content: Hi}]",
    ],
)
def test_an_address_of_mail_is_never_shown(front: str) -> None:
    assert "b.example" not in post_of(front).dumps()


# Tags


TAGS: list[tuple[str, tuple[str, ...]]] = [
    ("tags: [Python, Web]", ("Python", "Web")),
    ("Tags: [Python]", ("Python",)),
    ("taxonomies: {tags: [Python, Web]}", ("Python", "Web")),
    ("tag: Python", ("Python",)),
    ("topics: [Python]", ("Python",)),
    ("keywords: python, web", ("python", "web")),
    ("tags: [Python]\nkeywords: python, web", ("Python",)),
    ("tags: Python, Web", ("Python", "Web")),
    ("tags: Developer Tools", ("Developer Tools",)),
    ("category: Developer Tools", ("Developer Tools",)),
    ("categories: [News]", ("News",)),
    ("taxonomies: {categories: [News]}", ("News",)),
    ("tags: [2024, 47, 1.10, no]", ("2024", "47", "1.10", "no")),
    ("tags: [null, '', Python, '  ']", ("Python",)),
    ("tags:\n- Python\n-\n- Web", ("Python", "Web")),
    ("tags: ['#noestimates']", ("noestimates",)),
    ("tags: ['C#', 'C++', 'F#']", ("C#", "C++", "F#")),
    ("tags: [a/b]", ("a/b",)),
    ("tags: ['hacks, XML']", ("hacks, XML",)),
    ("tags: [Python, python, PYTHON]", ("Python",)),
    ("tags: [' Python ', Python]", ("Python",)),
    ("tags: [[a, b], c]", ("a", "b", "c")),
    ("tags: ['{{ tag }}', Python]", ("Python",)),
    ("tags: [日本語]", ("日本語",)),
    ("tags: []\ntag: Python", ("Python",)),
    ("tags:\ntopics: [Python]", ("Python",)),
    ("tags: {}", ()),
]  # fmt: skip


@pytest.mark.parametrize(("front", "tags"), TAGS)
def test_tags(front: str, tags: tuple[str, ...]) -> None:
    assert post_of(front).tags == tags


@pytest.mark.parametrize(
    ("first", "second"), pairs("tags taxonomies.tags tag topics keywords".split())
)
def test_tags_in_order(first: str, second: str) -> None:
    assert post_of(f"{line(second, 'second')}\n{line(first, 'first')}").tags == ("first",)


@pytest.mark.parametrize(
    ("front", "tags"),
    [
        ("tags: Jekyll WordPress Blog", ("Jekyll", "WordPress", "Blog")),
        ("tags: Developer Tools, Blog", ("Developer Tools", "Blog")),
        ("tags: [Developer Tools]", ("Developer Tools",)),
        ("category: Developer Tools", ("Developer Tools",)),
        ("categories: one two", ("one", "two")),
    ],
)
def test_tags_with_spaces_in_jekyll(front: str, tags: tuple[str, ...]) -> None:
    assert post_of(front, profile="jekyll").tags == tags


# Language


@pytest.mark.parametrize(
    ("front", "language"),
    [
        ("lang: en", "en"),
        ("language: en", "en"),
        ("locale: es-PR", "es-PR"),
        ("Lang: zh_cn", "zh-CN"),
        ("lang: zh-hant", "zh-Hant"),
        ("lang: pt-br", "pt-BR"),
        ("lang: pcm", "pcm"),
        ("lang: no", "no"),
        ("lang: NO", "no"),
        ("language: de\nlang: en", "en"),
        ("locale: de\nlanguage: en", "en"),
        ("lang: ''\nlocale: en", "en"),
        ("lang: not a language!", None),
        ("title: Hello", None),
    ],
)
def test_language(front: str, language: str | None) -> None:
    assert post_of(front).language == language


def test_a_norwegian_in_toml_and_json() -> None:
    surroundings = Surroundings.of(Settings(site=SITE))
    for raw in (b'+++\nlang = "no"\n+++\n', b'{"lang": "no"}\n'):
        post = understand("posts/hello.md", raw, surroundings).post
        assert post is not None
        assert post.language == "no"


def test_a_process_that_reads_files_imports_little() -> None:
    """The site travels as plain values, and reads what it did before."""
    site = Surroundings.of(
        Settings(site={**SITE, "author": "Ada"}, defaults=[{"values": {"tags": ["a"]}}]),
        authors=AUTHORS,
    )
    raw = b"---\ntitle: Hello\ndate: 2024-05-01\nauthor: ada\n---\nText.\n"
    code = (
        "import pickle, sys\n"
        "from feeds.index.rows import made\n"
        "from feeds.sources.reading import understand\n"
        "site, raw = pickle.load(sys.stdin.buffer)\n"
        "row, *_ = made({}, understand('posts/hello.md', raw, site), site)\n"
        "assert not {'pydantic', 'sqlalchemy', 'yaml', 'lxml', 'markdown'} & {*sys.modules}\n"
        "sys.stdout.buffer.write(pickle.dumps(row))\n"
    )
    given = pickle.dumps((site, raw))
    done = subprocess.run([sys.executable, "-c", code], input=given, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    assert pickle.loads(done.stdout) == made({}, understand("posts/hello.md", raw, site), site).row
