"""Where a post's page is, and what is found beside it: pictures, sound, ids."""

from __future__ import annotations

from itertools import pairwise
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from feeds.model import Enclosure, Post
from feeds.settings import Settings
from feeds.sources.reading import Reading, Surroundings, understand

ROOT = "https://example.org"
SITE = {"url": f"{ROOT}/", "timezone": "Europe/Berlin"}
DATE = "date: 2024-05-03 07:08:09"


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


def url_of(front: str, *args: Any, **more: Any) -> str:
    """Return the address of the post below the site's."""
    return post_of(front, *args, **more).url.removeprefix(ROOT)


def safe(url: str) -> bool:
    """Tell whether a URL is below the site's, and nothing in it leads elsewhere."""
    parts = urlsplit(url)
    inside = url.startswith(f"{ROOT}/") and not (parts.query or parts.fragment)
    return inside and url.isascii() and not {".", ".."} & set(unquote(parts.path).split("/"))


def pairs(keys: list[str]) -> list[tuple[str, str]]:
    """Return each key with the one after it: of the two the first must win."""
    return list(pairwise(keys))


def codes(reading: Reading) -> set[str]:
    return {problem.code for problem in reading.problems}


# Addresses


URLS: list[tuple[str, str]] = [
    ("title: Hello", "/posts/hello/"),
    ("permalink: /a/b/", "/a/b/"),
    ("permalink: /a/b.html", "/a/b.html"),
    ("permalink: a/b/", "/a/b/"),
    ("Permalink: /a/", "/a/"),
    (f"permalink: {ROOT}/a/", "/a/"),
    ("permalink: HTTPS://Example.org/a/", "/a/"),
    ("permalink: https://other.example/a/", "/posts/hello/"),
    ("permalink: //other.example/a/", "/posts/hello/"),
    ("permalink: '/{{ page.date }}/'", "/posts/hello/"),
    ("permalink: /%2e%2e/%2e%2e/baddie.html", "/posts/hello/"),
    ("permalink: /../a/", "/posts/hello/"),
    ("permalink: /a/../../b/", "/posts/hello/"),
    ("permalink: '/a\\b/'", "/posts/hello/"),
    ("permalink: '/a%5cb/'", "/posts/hello/"),
    ('permalink: "/a%00b/"', "/posts/hello/"),
    ("permalink: javascript:alert(1)", "/posts/hello/"),
    ("permalink: ''", "/posts/hello/"),
    ("permalink:", "/posts/hello/"),
    ("permalink: /日本/", "/%E6%97%A5%E6%9C%AC/"),
    ("permalink: /%E6%97%A5%E6%9C%AC/", "/%E6%97%A5%E6%9C%AC/"),
    ("permalink: /a b/", "/a%20b/"),
    ("url: /a/", "/a/"),
    ("url: /a.mp3", "/posts/hello/"),
    ("url: https://ada.example/", "/posts/hello/"),
    ("url: ../a/", "/posts/hello/"),
    ("path: 2014/12/12/1.0-Timeline", "/2014/12/12/1.0-Timeline"),
    ("save_as: a/b/index.html", "/a/b/"),
    ("save_as: a/b.html", "/a/b.html"),
    ("url: /u/\npermalink: /p/", "/p/"),
    ("path: /p/\nurl: /u/", "/u/"),
    ("save_as: s/index.html\npath: /p/", "/p/"),
    ("slug: s\nsave_as: a/index.html", "/a/"),
    ("slug: other", "/posts/other/"),
    ("slug: 404", "/posts/404/"),
    ("slug: 010", "/posts/010/"),
    ("slug: привет", "/posts/%D0%BF%D1%80%D0%B8%D0%B2%D0%B5%D1%82/"),
]  # fmt: skip


@pytest.mark.parametrize(("front", "url"), URLS)
def test_url(front: str, url: str) -> None:
    assert url_of(front).rstrip("/") == url.rstrip("/")
    assert url_of(front) == url or "path:" in front  # Zola ends it in a slash, Go does not


@pytest.mark.parametrize("slug", ["../../a", "a/../../b", "..", "%2e%2e/a", "a\\b", "'a\\0b'", "/"])
def test_a_slug_stays_below_the_site(slug: str) -> None:
    reading = read(f"slug: {slug}")
    assert reading.post is None or safe(reading.post.url)


KEYS: list[tuple[str, str, str]] = [
    ("plain", "posts/2024-05-01-hello.md", "/posts/hello/"),
    ("plain", "posts/2024-5-1-hello.md", "/posts/hello/"),
    ("plain", "posts/hello/index.md", "/posts/hello/"),
    ("plain", "posts/2024-05-01-hello/index.md", "/posts/hello/"),
    ("plain", "hello.markdown", "/hello/"),
    ("hugo", "posts/My Post.md", "/posts/my-post/"),
    ("zola", "blog/2024-05-01-hello.md", "/blog/hello/"),
    ("jekyll", "_posts/2024-05-01-hello.md", "/2024/05/01/hello.html"),
    ("hexo", "_posts/hello.md", "/2024/05/03/hello/"),
    ("plain", "posts/cafe\u0301.md", "/posts/caf%C3%A9/"),
    ("plain", "posts/a#b?.md", "/posts/a%23b%3F/"),
    ("plain", "posts/100% done.md", "/posts/100%25%20done/"),
]  # fmt: skip


@pytest.mark.parametrize(("profile", "key", "url"), KEYS)
def test_the_url_of_a_file(profile: str, key: str, url: str) -> None:
    front = "title: Hello" if "2024" in key else DATE
    assert url_of(front, key, profile) == url


def test_jekyll_s_categories_are_folders() -> None:
    key = "_posts/2024-05-01-hello.md"
    assert url_of("categories: [a, b]", key, "jekyll") == "/a/b/2024/05/01/hello.html"


@pytest.mark.parametrize(("profile", "key"), [("astro", "url"), ("nextjs", "url")])
def test_url_is_no_address_everywhere(profile: str, key: str) -> None:
    assert url_of(f"{key}: /a/", profile=profile) == "/posts/hello/"


TOKENS = {
    ":year": "2024", ":short_year": "24", ":month": "05", ":i_month": "5", ":month_name": "May",
    ":day": "03", ":i_day": "3", ":hour": "07", ":minute": "08", ":second": "09", ":yday": "124",
    ":title": "my-own-title", ":slug": "hello", ":slug_or_title": "my-own-title",
    ":filename": "hello", ":name": "2024-05-03-hello", ":section": "posts", ":path": "posts/sub",
    ":category": "one", ":categories": "one/two", ":id": "77", ":abbrlink": "abc1", ":lang": "en",
}  # fmt: skip


@pytest.mark.parametrize("token", TOKENS)
def test_token(token: str) -> None:
    front = f"{DATE}\ntitle: My own title\ncategories: [one, two]\nid: 77\nabbrlink: abc1\nlang: en"
    key = "posts/sub/2024-05-03-hello.md"
    assert url_of(front, key, permalink=f"/x/{token}/") == f"/x/{TOKENS[token]}/"


@pytest.mark.parametrize("token", [":slug", ":slug_or_title"])
def test_a_slug_of_the_author_s(token: str) -> None:
    assert url_of("title: A\nslug: mine", permalink=f"/x/{token}/") == "/x/mine/"


def test_a_pattern_of_dates_without_a_date() -> None:
    url = url_of("title: Hello", permalink="/:year/:month/:slug/")
    assert ":" not in url
    assert url.endswith("/hello/")


def test_patterns_of_folders() -> None:
    patterns = {"posts/": "/blog/:slug/", "posts/news/": "/news/:year/:slug/"}
    assert url_of(DATE, permalinks=patterns) == "/blog/hello/"
    assert url_of(DATE, "posts/news/hello.md", permalinks=patterns) == "/news/2024/hello/"
    assert url_of(DATE, "other/hello.md", permalinks=patterns) == "/other/hello/"


def test_a_site_below_a_path() -> None:
    site = Settings(site=SITE | {"url": f"{ROOT}/blog/"})
    for front in ("permalink: /a/", f"permalink: {ROOT}/blog/a/"):
        reading = understand("x.md", f"---\n{front}\n---\n".encode(), Surroundings.of(site))
        assert reading.post is not None
        assert reading.post.url == f"{ROOT}/blog/a/"


@pytest.mark.parametrize(
    ("key", "front", "language"),
    [
        ("fr/posts/hello.md", "title: A", "fr"),
        ("posts/hello.fr.md", "title: A", "fr"),
        ("posts/hello/index.fr.md", "title: A", "fr"),
        ("fr/posts/hello.md", "lang: de", "de"),
        ("posts/hello.fr.md", "lang: de", "de"),
        ("posts/hello.md", "title: A", None),
        ("i18n/fr/docusaurus-plugin-content-blog/hello.md", "title: A", "fr"),
        ("base-l10n/hello.md", "title: A", None),
        ("zh_cn/hello.md", "title: A", "zh-CN"),
    ],
)
def test_the_language_of_a_path(key: str, front: str, language: str | None) -> None:
    assert post_of(front, key, languages=["en", "fr", "zh_cn"]).language == language


@pytest.mark.parametrize(
    "keys",
    [("a/hello.md", "a/hello.fr.md"), ("a/index.md", "a/index.fr.md"), ("en/a.md", "fr/a.md")],
)
def test_translations_do_not_share_an_address(keys: tuple[str, str]) -> None:
    assert len({url_of("title: A", key, languages=["en", "fr"]) for key in keys}) == 2


@pytest.mark.parametrize(
    ("profile", "url"), [("hugo", "/a/"), ("astro", "/en/a/"), ("eleventy", "/en/a/")]
)
def test_the_folder_of_the_site_s_own_language(profile: str, url: str) -> None:
    assert url_of("title: A", "en/a.md", profile, languages=["en", "fr"]) == url


# Pictures, sound, ids


IMAGE_KEYS = """image images cover cover_image coverimage feature_image featured_image og_image
    ogimage heroimage hero thumbnail banner header header_image""".split()


def picture(key: str, name: str) -> str:
    """Return YAML that names a picture in the form that belongs to the key."""
    forms = {"images": f"[{name}, /other.png]", "header": f"{{image: {name}}}"}
    return f"{key}: {forms.get(key, name)}"


@pytest.mark.parametrize("key", [*IMAGE_KEYS, "heroImage", "featured-image", "ogImage"])
def test_image_under_each_key(key: str) -> None:
    assert post_of(picture(key, "/a.png")).image == f"{ROOT}/a.png"


@pytest.mark.parametrize(("first", "second"), pairs(IMAGE_KEYS))
def test_images_in_order(first: str, second: str) -> None:
    post = post_of(f"{picture(second, '/second.png')}\n{picture(first, '/first.png')}")
    assert post.image == f"{ROOT}/first.png"


@pytest.mark.parametrize(
    ("front", "image"),
    [
        ("image: https://cdn.example/a.png", "https://cdn.example/a.png"),
        ("image: https://cdn.example/a", "https://cdn.example/a"),
        ("image: /a/b.webp", f"{ROOT}/a/b.webp"),
        ("image: ./a.png", f"{ROOT}/posts/hello/a.png"),
        ("image: a.png", f"{ROOT}/posts/hello/a.png"),
        ("image: {src: /a.png, alt: A}", f"{ROOT}/a.png"),
        ("cover: {url: /a.png}", f"{ROOT}/a.png"),
        ("coverImage: {src: /a.png, alt: A}", f"{ROOT}/a.png"),
        ("featured-image: {url: /a.png, alt: A}", f"{ROOT}/a.png"),
        ("hero: {src: /a.png}", f"{ROOT}/a.png"),
        ("image: guide-dap", None),
        ("hero: false", None),
        ("hero: true\nthumbnail: /a.png", f"{ROOT}/a.png"),
        ("image: guide-dap\ncover: /a.png", f"{ROOT}/a.png"),
        ("header: <div class=x></div>", None),
        ("images: []\ncover: /a.png", f"{ROOT}/a.png"),
        ("image: ''\ncover: /a.png", f"{ROOT}/a.png"),
        ("image: data:image/png;base64,AAAA", None),
        ("image: javascript:alert(1)", None),
        ("image: '{{ site.logo }}'", None),
    ],
)
def test_image(front: str, image: str | None) -> None:
    assert post_of(front, "posts/hello/index.md").image == image


MP3 = "https://cdn.example/1.mp3"
SOUND = Enclosure(url=MP3, type="audio/mpeg", length=1234)


@pytest.mark.parametrize("key", "podcast_file audio audio_url file url mp3".split())
@pytest.mark.parametrize("length", "podcast_bytes length size".split())
def test_enclosure_under_each_key(key: str, length: str) -> None:
    post = post_of(f"{key}: {MP3}\n{length}: 1234")
    assert (post.enclosures, post.url) == ((SOUND,), f"{ROOT}/posts/hello/")


@pytest.mark.parametrize(
    ("first", "second"), pairs("podcast_file audio audio_url file url mp3".split())
)
def test_enclosures_in_order(first: str, second: str) -> None:
    post = post_of(f"{second}: https://cdn.example/2.mp3\n{first}: {MP3}\nlength: 1234")
    assert post.enclosures[0] == SOUND


@pytest.mark.parametrize(
    ("front", "url", "kind"),
    [
        (f'enclosure: ["{MP3}\\n1234\\naudio/mpeg\\n"]', MP3, "audio/mpeg"),
        (f'enclosure: "{MP3}\\n1234\\naudio/mpeg\\n"', MP3, "audio/mpeg"),
        ('enclosure: ["https://x.example/a.wav\\n1234\\naudio/wav\\n"]', "https://x.example/a.wav",
         "audio/wav"),
        (f"enclosure: {{url: '{MP3}', length: 1234, type: audio/mpeg}}", MP3, "audio/mpeg"),
        (f"audio: {MP3}\nlength: '1234'", MP3, "audio/mpeg"),
        ("audio: /sound/1.m4a\nsize: 1234", f"{ROOT}/sound/1.m4a", "audio/mp4"),
        ("podcast_file: /a.mp4\nsize: 1234", f"{ROOT}/a.mp4", "video/mp4"),
    ],
)  # fmt: skip
def test_enclosure(front: str, url: str, kind: str) -> None:
    assert post_of(front).enclosures == (Enclosure(url=url, type=kind, length=1234),)


def test_a_relative_enclosure_has_the_site_s_prefix() -> None:
    front = "podcast_file: ado-1.mp3\npodcast_bytes: 1234"
    post = post_of(front, enclosure_prefix="https://cdn.example/ado/")
    assert [sound.url for sound in post.enclosures] == ["https://cdn.example/ado/ado-1.mp3"]


@pytest.mark.parametrize(
    "length", ["", "length:", "length: 0", "length: -5", "length: many", "length: 1.5"]
)
def test_a_length_that_is_not_known_is_reported(length: str) -> None:
    reading = read(f"audio: {MP3}\n{length}")
    assert reading.outcome == "post"
    assert reading.post is not None
    assert all(sound.length >= 0 for sound in reading.post.enclosures)
    assert any(problem.severity == "warning" for problem in reading.problems)


@pytest.mark.parametrize(
    "front",
    [
        "title: Hello",
        "audio: true",
        "audio:",
        "audio: ''",
        "audio: []",
        "url: https://ada.example/",
        "file: _posts/x.md",
        "mp3: javascript:alert(1)",
        "audio: '{{ site.cdn }}/1.mp3'",
        "duration: '29:28'\nepisode: T-0\nexplicit: 'yes'",
    ],
)
def test_without_sound_it_is_an_ordinary_post(front: str) -> None:
    assert post_of(front).enclosures == ()


@pytest.mark.parametrize(
    ("front", "explicit"),
    [
        ("guid: abc-1", "abc-1"),
        ("episode_guid: 8e1ba2e6-0d5e-4b5c-8a53-6f3f2b9d1c11",
         "8e1ba2e6-0d5e-4b5c-8a53-6f3f2b9d1c11"),
        ("guid: 0123", "0123"),
        ("id: https://x.example/1", "https://x.example/1"),
        ("id: tag:x.example,2005:1", "tag:x.example,2005:1"),
        ("id: urn:uuid:8e1ba2e6-0d5e-4b5c-8a53-6f3f2b9d1c11",
         "urn:uuid:8e1ba2e6-0d5e-4b5c-8a53-6f3f2b9d1c11"),
        ("id: 42", None),
        ("id: hello", None),
        ("id: /a/b", None),
        ("guid: ''", None),
        ("guid:", None),
        ("episode_guid: second\nguid: first", "first"),
        ("id: 42\nguid: first", "first"),
    ],
)  # fmt: skip
def test_explicit_id(front: str, explicit: str | None) -> None:
    assert post_of(front).explicit_id == explicit


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("00:29:28", 1768), ("29:28", 1768), ("71:31", 4291), ("54:09", 3249), ("00:54:09", 3249),
        ("1:21:23", 4883), ("16:00:00", 57600), ("59 min", 3540), ("3600", 3600),
        ("soon", None), ("", None), ("-5", None), ("[a]", None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("key", ["podcast_duration", "duration"])
def test_duration(key: str, text: str, seconds: int | None) -> None:
    post = post_of(f"audio: {MP3}\nlength: 1234\n{key}: {text}")
    assert [sound.duration for sound in post.enclosures] == [seconds]


@pytest.mark.parametrize(
    ("front", "said"),
    [
        ("episode: 1962\nseason: 2", (1962, 2, None)),
        ("number: 12", (12, None, None)),
        ("episode: T-0", (None, None, None)),
        ("episode: p01\nexplicit: 'yes'", (None, None, True)),
        ("episode: podcast/1.md\nexplicit: no", (None, None, False)),
        ("explicit: true", (None, None, True)),
        ("explicit: 'false'", (None, None, False)),
    ],
)
def test_episode(front: str, said: tuple[int | None, int | None, bool | None]) -> None:
    post = post_of(f"{front}\naudio: {MP3}\nlength: 1234")
    assert (post.episode, post.season, post.explicit) == said


def test_a_media_file_under_url_is_nothing_to_warn_of() -> None:
    assert "F021" not in codes(read("url: /a.mp3\nlength: 1234"))


OTHER = "https://other.example/a"


@pytest.mark.parametrize(
    ("front", "external"),
    [
        (f"external_url: {OTHER}", OTHER),
        (f"link: {OTHER}", OTHER),
        (f"source: {{url: '{OTHER}', title: A}}", OTHER),
        (f"link: https://second.example/\nexternal_url: {OTHER}", OTHER),
        ("external_url: javascript:alert(1)", None),
        ("external_url: mailto:a@b.example", None),
        ("external_url: '{{ x }}'", None),
        ("external_url: ''", None),
        (f"link: {OTHER}\naudio: {MP3}\nlength: 1234", None),
    ],
)
def test_a_link_post(front: str, external: str | None) -> None:
    post = post_of(front)
    assert (post.external, post.url, post.mapped) == (external, f"{ROOT}/posts/hello/", True)


def test_the_template_of_pictures() -> None:
    template = "https://cdn.example/{}.jpg"
    assert post_of("image: guide-dap", image_template=template).image == (
        "https://cdn.example/guide-dap.jpg"
    )
    assert post_of("image: /a.png", image_template=template).image == f"{ROOT}/a.png"
    assert post_of("hero: false", image_template=template).image is None


@pytest.mark.parametrize("key", ["translationKey", "ref"])
def test_the_author_s_key_of_translations(key: str) -> None:
    assert post_of(f"{key}: hello").translation == "hello"


@pytest.mark.parametrize("prefix", ["guid: ", "episode_guid: ", "id: urn:uuid:"])
def test_the_nil_uuid_is_no_id(prefix: str) -> None:
    reading = read(f"{prefix}00000000-0000-0000-0000-000000000000")
    assert reading.post is not None
    assert reading.post.explicit_id is None
    assert "F033" in codes(reading)
