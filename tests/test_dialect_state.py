"""Whether a file is a post and public, and in which forms its header comes."""

from __future__ import annotations

import functools
import json
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.model import Post, rfc3339
from feeds.profiles import PROFILES
from feeds.settings import Settings
from feeds.sources.reading import Reading, Surroundings, understand

ROOT = "https://example.org"
SITE = {"url": f"{ROOT}/", "timezone": "Europe/Berlin"}
DATE = "date: 2024-05-03 07:08:09"


@functools.cache
def around(profile: str) -> Surroundings:
    return Surroundings.of(Settings(site=SITE, content={"profile": profile}))


def read_raw(raw: bytes, key: str = "posts/hello.md", profile: str = "plain") -> Reading:
    return understand(key, raw, around(profile))


def read(
    front: str, key: str = "posts/hello.md", profile: str = "plain", **content: Any
) -> Reading:
    """Read a post with `front` as YAML, in a site in Berlin."""
    site = Settings(site=SITE, content={"profile": profile, **content})
    return understand(key, f"---\n{front}\n---\nText.\n".encode(), Surroundings.of(site))


def post_of(front: str, *args: Any, **more: Any) -> Post:
    """Return the post that `front` must give."""
    reading = read(front, *args, **more)
    assert reading.outcome == "post", reading.problems
    assert reading.post is not None
    return reading.post


def codes(reading: Reading) -> set[str]:
    return {problem.code for problem in reading.problems}


HIDING: list[tuple[str, Any]] = [
    *(("draft", value) for value in (True, "true", "yes", "on", "1", 1, "True", "YES")),
    *((key, value) for key in ("published", "publish", "dg_publish", "render")
      for value in (False, "false", "no", "off", "0", 0)),
    *((key, True) for key in ("private", "unlisted", "headless", "noindex", "members_only",
                              "premium", "paid", "eleventyExcludeFromCollections")),
    *(("status", value) for value in ("draft", "Draft", "hidden", "private", "pending", "future",
                                      "trash", "unpublished", "Unread", "Solved ✅")),
    *(("visibility", value) for value in ("private", "members", "paid", "hidden")),
    *(("access", value) for value in ("private", "members", "paid")),
    ("robots", "noindex"), ("robots", "noindex, nofollow"), ("robots", "NOINDEX"),
    ("untranslated", 1), ("stub", True), ("permalink", False),
    ("build", {"render": "never"}), ("build", {"render": False}), ("_build", {"render": "never"}),
    ("_build", {"render": False, "list": "never"}),
    ("redirect_to", "/new/"), ("redirect", "https://x.example/"), ("redirectto", "/new/"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "value"), HIDING)
def test_hidden(key: str, value: Any) -> None:
    reading = read(f"{key}: {json.dumps(value, ensure_ascii=False)}\n{DATE}")
    gone = key in ("permalink", "redirect_to", "redirect", "redirectto")
    assert reading.outcome == ("not a post" if gone else "hidden")
    assert not reading.post or reading.post.hidden


@pytest.mark.parametrize("value", ["maybe", "{a: b}", "'{{ x }}'", "truee", "2"])
@pytest.mark.parametrize("key", ["draft", "private", "unlisted", "noindex", "status", "access"])
def test_what_may_hide_is_not_shown(key: str, value: str) -> None:
    reading = read(f"{key}: {value}\n{DATE}")
    assert reading.outcome in ("hidden", "refused")
    assert codes(reading)


@pytest.mark.parametrize("first", ["draft: false\nDraft: true", "Draft: true\ndraft: false"])
def test_two_spellings_of_a_key(first: str) -> None:
    reading = read(f"{first}\n{DATE}")
    assert reading.outcome != "post" or "F016" in codes(reading)


def test_a_status_that_is_not_known_is_reported() -> None:
    assert "F022" in codes(read("status: Unread"))
    assert "F022" not in codes(read("status: draft"))
    assert post_of("status: Evergreen", public_status=["evergreen"])


SHOWN = [
    "draft: false", "draft: no", "draft: 'false'", "draft: 0", "draft: off", "draft:", "draft: ''",
    "published: true", "publish: yes", "dg-publish: true", "render: true", "private: false",
    "unlisted: no", "headless: false", "noindex: false", "status: published", "status: publish",
    "Status: Public", "status: live", "status: final", "status: ''", "visibility: public",
    "access: public", "members_only: false", "premium: no", "paid: 0", "stub: false",
    "untranslated: false", "robots: index, follow", "build: {render: always}",
    "_build: {render: true}", "eleventyExcludeFromCollections: false", "redirect_to:",
    "redirect: ''", "sitemap: {priority: 0.5}", "sitemap: true", "sitemap: {disable: false}",
    "skip_index: false", "searchable: true", f"canonical: {ROOT}/posts/hello/",
    "canonical_url: /posts/hello/", "expiration_date: null",
]  # fmt: skip


@pytest.mark.parametrize("front", SHOWN)
def test_shown(front: str) -> None:
    reading = read(f"{front}\n{DATE}")
    assert reading.outcome == "post"
    assert {problem.severity for problem in reading.problems} <= {"note"}
    assert reading.post is not None
    assert (reading.post.hidden, reading.post.mapped) == (None, True)


@pytest.mark.parametrize(
    "front",
    [
        "sitemap: false",
        "sitemap: no",
        "sitemap: {disable: true}",
        "sitemap: {exclude: true}",
        "sitemap_exclude: true",
        "skip_index: true",
        "searchable: false",
        "canonical: https://other.example/a",
        "canonical_url: https://other.example/a",
        "canonicalURL: https://other.example/a",
    ],
)
def test_in_feeds_but_in_no_sitemap(front: str) -> None:
    post = post_of(f"{front}\n{DATE}")
    assert (post.mapped, post.hidden, post.url) == (False, None, f"{ROOT}/posts/hello/")


@pytest.mark.parametrize(
    ("key", "outcome"),
    [
        ("drafts/hello.md", "hidden"),
        ("_drafts/hello.md", "hidden"),
        ("posts/drafts/hello.md", "hidden"),
        ("posts/_drafts/2024-05-01-hello.md", "hidden"),
        ("_templates/hello.md", "not a post"),
        ("notes/_templates/hello.md", "not a post"),
        ("archetypes/default.md", "not a post"),
        ("scaffolds/post.md", "not a post"),
        ("includes/hello.md", "not a post"),
        ("_includes/hello.md", "not a post"),
        ("README.md", "not a post"),
        ("posts/readme.md", "not a post"),
        ("_index.md", "not a post"),
        ("posts/_index.md", "not a post"),
        ("posts/_index.fr.md", "not a post"),
        ("posts/_hello.md", "not a post"),
        ("posts/drafts-of-the-sea.md", "post"),
        ("posts/my-archetypes/hello.md", "post"),
        ("posts/index.md", "post"),
    ],
)
def test_the_outcome_of_a_path(key: str, outcome: str) -> None:
    assert read(f"title: Hello\n{DATE}", key, languages=["en", "fr"]).outcome == outcome


@pytest.mark.parametrize(("profile", "outcome"), [("jekyll", "post"), ("hexo", "post")])
def test_posts_in_an_underscored_folder(profile: str, outcome: str) -> None:
    assert read("title: Hello", "_posts/2024-05-01-hello.md", profile).outcome == outcome


@pytest.mark.parametrize("profile", PROFILES)
def test_a_file_without_front_matter(profile: str) -> None:
    reading = read_raw(b"# Heading\n\nText.\n", "til/2024-05-01-hello-there.md", profile)
    assert reading.outcome == ("post" if PROFILES[profile].bare else "not a post")
    if reading.outcome == "post":
        assert reading.post is not None
        assert (reading.post.title, reading.post.heading) == ("Heading", "Heading")
        assert reading.post.published is not None


@pytest.mark.parametrize(
    "before", ["<!-- A comment. -->\n\n", "import X from './x'\n\n", "A first paragraph.\n\n"]
)
def test_the_first_heading_need_not_open_the_file(before: str) -> None:
    post = read_raw(f"{before}# Heading\n\nText.\n".encode(), "til/hello.mdx").post
    assert post is not None
    assert post.title == "Heading"


def test_without_front_matter_and_heading() -> None:
    post = read_raw(b"Text.\n", "til/2024-05-01-hello-there.md").post
    assert post is not None
    assert (post.title or "").casefold() == "hello there"


def test_defaults_of_folders() -> None:
    site = Settings(site=SITE, defaults=[{"path": "posts/**", "values": {"author": "Ada"}}])
    here = Surroundings.of(site, cascades={"posts/": {"draft": True}})
    hidden = understand("posts/a.md", b"---\ntitle: A\n---\n", here)
    shown = understand("posts/a/b.md", b"---\ndraft: false\n---\n", here)
    other = understand("pages/a.md", b"---\ntitle: A\n---\n", here)
    assert (hidden.outcome, shown.outcome, other.outcome) == ("hidden", "post", "post")
    assert shown.post is not None
    assert other.post is not None
    assert [a.name for a in shown.post.authors + other.post.authors] == ["Ada"]


@pytest.mark.parametrize("front", ["draft:", "draft: ''", "draft: ~", "published: true"])
def test_a_folder_of_drafts_stays_hidden(front: str) -> None:
    site = Settings(site=SITE, defaults=[{"path": "posts/", "values": {"draft": True}}])
    reading = understand("posts/a.md", f"---\n{front}\n---\n".encode(), Surroundings.of(site))
    assert reading.outcome == "hidden"


# Forms of headers


HEADERS: list[tuple[str, str, str]] = [
    ("yaml", "plain", "---\ntitle: Hello\ndraft: %s\n---\nBody\n"),
    ("yaml ended by dots", "plain", "---\ntitle: Hello\ndraft: %s\n...\nBody\n"),
    ("yaml with BOM", "plain", "\ufeff---\ntitle: Hello\ndraft: %s\n---\nBody\n"),
    ("yaml with CRLF", "plain", "---\r\ntitle: Hello\r\ndraft: %s\r\n---\r\nBody\r\n"),
    ("yaml with CR", "plain", "---\rtitle: Hello\rdraft: %s\r---\rBody\r"),
    ("yaml with many dashes", "plain", "----------\ntitle: Hello\ndraft: %s\n----------\nBody\n"),
    ("toml", "hugo", '+++\ntitle = "Hello"\ndraft = %s\n+++\nBody\n'),
    ("toml with text", "zola", '+++\ntitle = "Hello"\ndraft = "%s"\n+++\nBody\n'),
    ("toml by name", "eleventy", '---toml\ntitle = "Hello"\ndraft = %s\n---\nBody\n'),
    ("json", "plain", '{\n  "title": "Hello",\n  "draft": %s\n}\nBody\n'),
    ("json and a space", "plain", '{\n  "title": "Hello",\n  "draft": %s\n} \nBody\n'),
    ("json on one line", "plain", '{"title": "Hello", "draft": %s}\nBody\n'),
    ("json nested", "plain", '{\n"a": {\n"b": 1\n},\n"title": "Hello",\n"draft": %s\n}\nBody\n'),
    ("json by name", "eleventy", '---json\n{"title": "Hello", "draft": %s}\n---\nBody\n'),
    ("html comment", "plain", '<!--{\n"Title": "Hello",\n"Draft": %s\n}-->\n\nBody\n'),
    ("html comment on one line", "plain", '<!--{ "Title": "Hello", "Draft": %s }-->\nBody\n'),
    ("nikola comment", "plain", "<!--\n.. title: Hello\n.. draft: %s\n-->\n\nBody\n"),
    ("nikola, other comment", "plain", "<!-- .. title: Hello\n.. draft: %s\n-->\n\nBody\n"),
    ("nikola lines", "plain", ".. title: Hello\n.. draft: %s\n\nBody\n"),
    ("pelican", "pelican", "Title: Hello\nDraft: %s\n\nBody\n"),
    ("pelican elsewhere", "plain", "Title: Hello\nDraft: %s\n\nBody\n"),
    ("hexo", "hexo", "title: Hello\ndraft: %s\n---\nBody\n"),
    ("hexo elsewhere", "plain", "title: Hello\ndraft: %s\n---\nBody\n"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("profile", "raw"), [row[1:] for row in HEADERS], ids=[row[0] for row in HEADERS]
)
def test_form_of_header(profile: str, raw: str) -> None:
    shown = read_raw((raw % "false").encode(), profile=profile)
    hidden = read_raw((raw % "true").encode(), profile=profile)
    assert (shown.outcome, hidden.outcome) == ("post", "hidden")
    assert shown.post is not None
    assert shown.post.title == "Hello"


@pytest.mark.parametrize(
    "raw",
    [
        "---js\n{ title: 'Hello', draft: true }\n---\nBody\n",
        "---js\nconst title = 'Hello';\n---\nBody\n",
        "export const metadata = {\n  title: 'Hello',\n}\n\nBody\n",
        "import x from './x'\n\nexport const metadata = {\n  title: 'Hello',\n}\n\nBody\n",
        "---\ntitle: Hello\ndraft: true\n\nBody\n",
        '+++\ntitle = "Hello"\n\nBody\n',
        '{\n"title": "Hello",\n\nBody\n',
        '---json\n{"title": "Hello"}\n\nBody\n',
        '<!--{ "Title": "Hello",\n\nBody\n',
        "<!--\n.. title: Hello\n\nBody\n",
        "<!--{bad\n}-->\nBody\n",
        "---\n- a\n---\nBody\n",
        "+++\ndate = {{ .Date }}\n+++\nBody\n",
    ],
)
@pytest.mark.parametrize("profile", ["plain", "nextjs", "eleventy", "hugo", "pelican"])
def test_a_header_that_cannot_be_read_is_never_body(raw: str, profile: str) -> None:
    reading = read_raw(raw.encode(), "posts/hello.mdx", profile)
    assert (reading.outcome, reading.post) == ("refused", None)
    assert codes(reading) & {"F010", "F011", "F012", "F019"}


@pytest.mark.parametrize("raw", ["Note: this is a text.\n\nMore.\n", "https://x.example/\n\nA\n"])
def test_a_first_line_with_a_colon_is_text(raw: str) -> None:
    reading = read_raw(raw.encode(), "til/hello-there.md")
    assert reading.outcome == "post"
    assert reading.post is not None
    assert (reading.post.title or "").casefold() == "hello there"


def test_pelican_s_values_are_raw_text() -> None:
    raw = (
        b"Title: Howto: Install KDE 4.3\nDate: '2010-09-23T11:55:55+00:00'\nAuthor: Ada, Bo\n\nHi\n"
    )
    post = read_raw(raw, profile="pelican").post
    assert post is not None
    assert post.title == "Howto: Install KDE 4.3"
    assert post.published == 1285242955
    assert [author.name for author in post.authors] == ["Ada", "Bo"]


@pytest.mark.parametrize(
    ("front", "outcome", "code"),
    [
        ("title: Howto: Install KDE", "post", "F053"),
        ("title: Howto: Install KDE\ndraft: false", "post", "F053"),
        ("title: Howto: Install KDE\ndraft: true", "hidden", "F053"),
        ("title: Howto: Install KDE\nDraft: 'yes'", "hidden", "F053"),
        ("title: Howto: Install KDE\nstatus: private", "hidden", "F053"),
        ("title: Howto: Install KDE\npublished: false", "hidden", "F053"),
        ("title: Howto: Install KDE\njust some text", "refused", "F011"),
        ("title: Howto: Install KDE\n[@x](https://x.example/)", "refused", "F011"),
        ("title: [Hello\ndraft true", "refused", "F011"),
    ],
)
def test_line_by_line(front: str, outcome: str, code: str) -> None:
    reading = read(f"{front}\n{DATE}")
    assert reading.outcome == outcome
    assert code in codes(reading)
    if reading.outcome == "post":
        assert reading.post is not None
        assert reading.post.title == "Howto: Install KDE"
        assert reading.post.published == 1714712889


def test_what_is_left_of_a_template_is_not_published() -> None:
    front = 'title: "{{ replace .Name "-" " " }}"\ndate: {{ .Date }}'
    assert read(front).outcome == "refused"


# Anything


KEYS = """title newstitle headline pagetitle linktitle sidebar_label date pubDate publish_date
    published_at published created extra lastmod updated update publishdate expirydate
    unpublish_date description summary preview subtitle authors author by author_name hosts tags
    taxonomies topics keywords category categories permalink url path save_as slug id aliases
    redirect_from redirect_to draft publish status private unlisted headless render build _build
    visibility access premium sitemap noindex robots skip_index searchable stub image images
    cover featured-image hero header lang language translationkey ref external_url link
    canonical source enclosure podcast_file audio file mp3 length podcast_bytes duration episode
    season explicit guid episode_guid params seo layout content handler""".split()

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
    | st.sampled_from(["2024-05-01", "0001-01-01", "9999-12-31T23:59:59-14:00", "../..", "%2e%2e/x",
                       "//x.example/", "a\\b", "\x00", "#",
                       "👩‍💻", "https://[::1", "{{ x }}", "true"])
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "url", "src", "created", "render", "tags", "", "\x07"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)
FRONTS = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6)
PATHS = st.sampled_from(["posts/hello.md", "_posts/2024-05-01-a.md", "a/b/index.md", "İ.fr.md"]) | (
    st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1)
    .map(lambda name: f"posts/{name[:12]}.md")
)  # fmt: skip


def written(front: dict[str, Any], form: str) -> bytes:
    """Return a file with `front`, as JSON or as YAML (JSON is a part of it), whole or broken."""
    if form == "json":
        return (json.dumps(front) + "\n\n# Heading\n\nText.\n").encode()
    lines = "".join(f"{key}: {json.dumps(value)}\n" for key, value in front.items())
    broken = "layout: one: two\n" if form == "broken" else ""
    return f"---\n{broken}{lines}---\nText.\n".encode()


def check(reading: Reading, key: str) -> None:
    """Assert what holds for every file, however odd."""
    assert reading.outcome in ("post", "hidden", "not a post", "refused")
    assert all(p.path == key and min(p.line, p.column) >= 1 for p in reading.problems)
    if reading.outcome == "refused":
        assert any(problem.severity == "error" for problem in reading.problems)
    if reading.outcome != "post":
        return
    post = reading.post
    assert post is not None
    assert post.hidden is None
    parts = urlsplit(post.url)
    assert post.url.startswith(f"{ROOT}/")
    assert post.url.isascii()
    assert not {".", ".."} & set(unquote(parts.path).split("/"))
    for seconds in (post.published, post.updated, post.go_live, post.expires):
        assert seconds is None or (type(seconds) is int and rfc3339(seconds))
    assert Post.loads(post.dumps()) == post


PROFILE_NAMES = st.sampled_from(sorted(PROFILES))
FORMS = st.sampled_from(["json", "yaml", "broken"])


@settings(max_examples=100, deadline=None)
@given(FRONTS, PATHS, PROFILE_NAMES, FORMS)
def test_any_front_matter(front: dict[str, Any], key: str, profile: str, form: str) -> None:
    check(read_raw(written(front, form), key, profile), key)


@settings(max_examples=10, deadline=None)
@given(st.data())
@pytest.mark.parametrize("keys", [KEYS[start::12] for start in range(12)], ids=lambda ks: ks[0])
def test_any_value_of_each_key(keys: list[str], data: st.DataObject) -> None:
    for key in keys:
        front = {key: data.draw(VALUES, key)}
        check(read_raw(written(front, data.draw(FORMS))), "posts/hello.md")


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(HIDING), FRONTS, PROFILE_NAMES, FORMS, st.booleans())
def test_what_hides_hides_beside_anything(
    pair: tuple[str, Any], front: dict[str, Any], profile: str, form: str, shout: bool
) -> None:
    key, value = pair
    rest = {other: what for other, what in front.items() if other.lower() != key.lower()}
    hiding = rest | {key.upper() if shout else key: value}
    assert read_raw(written(hiding, form), profile=profile).outcome != "post"
