"""The keys of front matter, as data: which of them may hold a field, in order.

The first that holds something wins. Keys are compared in lower case, with `_` for `-` and
space; `outer.inner` is a key within a mapping. Dialects are added as rows.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

CONTAINERS = ("taxonomies", "extra", "params", "seo")
"""Mappings whose keys count as if they stood outside, where they do not."""

TITLE = ("title", "newstitle", "headline", "pagetitle")
TITLE_AFTER_HEADING = ("linktitle", "link_title", "sidebar_label", "sidebar.label")
PUBLISHED = (
    "date", "pubdate", "pub_date", "publish_date", "published_at", "published", "date_published",
    "created", "created_at", "extra.created", "publishdate", "announced", "pub_datetime",
    "datetime", "published_date", "publication_date", "posted_at", "posted_on", "date_created",
    "created_date", "time",
)  # fmt: skip
GO_LIVE = ("publishdate", "publish_date", "published_at", "pubdate", "pub_date")
UPDATED = (
    "lastmod", "updated", "updated_at", "modified", "last_modified_at", "last_modified",
    "date_modified", "update", "date.updated", "extra.updated", "mod_datetime", "updated_date",
    "modified_date", "last_updated", "date_updated", "last_update.date",
)  # fmt: skip
EXPIRES = ("expirydate", "expiry_date", "expires", "expiry", "expiration_date", "unpublish_date")
SUMMARY = (
    "description", "summary", "excerpt", "deck", "teaser", "preview", "spoiler", "lead", "subtitle",
    "tldr",
)  # fmt: skip
AUTHORS = ("authors", "author", "by", "author_name", "hosts")
TAGS = ("tags", "taxonomies.tags", "tag", "topics", "keywords")
CATEGORIES = ("categories", "category", "taxonomies.categories")
IMAGE = (
    "image", "images", "cover", "cover_image", "coverimage", "feature_image", "featured_image",
    "og_image", "ogimage", "heroimage", "hero_image", "hero", "thumbnail", "banner", "header.image",
    "header_image", "header.overlay_image", "header.teaser", "header.og_image", "social_image",
    "img",
)  # fmt: skip
PERMALINK = ("permalink", "url")
ADDRESS = ("path", "save_as")
SLUG = ("slug", "post_slug")
REDIRECTS = ("redirect_to", "redirect", "redirectto", "redirect_url")
LANGUAGE = ("lang", "language", "locale")
TRANSLATION = ("translationkey", "translation_key", "ref")
EXTERNAL = ("external_url", "externalurl", "link", "source.url")
CANONICAL = ("canonical_url", "canonical", "canonicalurl")
GUID = ("guid", "episode_guid")
ID = ("id",)
ATOM_ID = ("atom_id",)
JSON_ID = ("json_id",)
ENCLOSURE = ("enclosure", "enclosures")
MEDIA = ("podcast_file", "audio", "audio_url", "file", "url", "mp3")
LENGTH = ("podcast_bytes", "length", "size")
DURATION = ("podcast_duration", "duration")
EPISODE = ("episode", "number")
SEASON = ("season",)
EXPLICIT = ("explicit",)

TRUE = frozenset({"true", "yes", "on", "1", "y"})
FALSE = frozenset({"false", "no", "off", "0", "n"})
HIDDEN_IF_TRUE = (
    "draft", "is_draft", "isdraft", "private", "unlisted", "headless", "hidden", "unpublished",
    "noindex", "no_index", "members_only", "membersonly", "premium", "paid", "untranslated", "stub",
    "eleventyexcludefromcollections",
)  # fmt: skip
HIDDEN_IF_GIVEN = ("password",)
HIDDEN_IF_FALSE = ("published", "publish", "dg_publish")
HIDDEN_UNLESS = {
    "build": frozenset({"always", "link"}),
    "_build": frozenset({"always", "link"}),
    "render": frozenset({"always", "link"}),
    "build.render": frozenset({"always", "link"}),
    "_build.render": frozenset({"always", "link"}),
    "build.list": frozenset({"always", "local"}),
    "_build.list": frozenset({"always", "local"}),
}
"""Words besides the true ones with which a page is rendered or listed (Hugo)."""
WORDS_PUBLIC = {
    "status": frozenset({"published", "publish", "public", "live", "final", "featured"}),
    "visibility": frozenset({"public", "published", "visible"}),
    "access": frozenset({"public", "free", "everyone", "all"}),
}
WORDS_HIDDEN = frozenset(
    "draft hidden private pending future trash unpublished members paid internal skip".split()
)
ROBOTS = ("robots",)
UNMAPPED_IF_TRUE = ("sitemap.disable", "sitemap.exclude", "sitemap_exclude", "skip_index")
UNMAPPED_IF_FALSE = ("sitemap", "searchable")
STATE_KEYS = frozenset(
    (
        *HIDDEN_IF_TRUE, *HIDDEN_IF_GIVEN, *HIDDEN_IF_FALSE, *HIDDEN_UNLESS, *WORDS_PUBLIC,
        *ROBOTS, *EXPIRES,
        *GO_LIVE, *REDIRECTS, "list", "permalink", "build", "_build",
    )
)  # fmt: skip
"""Keys that decide whether a post is public: see `state.state_lines`."""

COLLECTIONS = frozenset({"post", "posts", "all", "nav"})
"""Tags of Eleventy that put a page into a collection, and name nothing."""

NOT_A_DATE = re.compile(r"(?i)(?:git )?(?:last modified|created)")
"""Words in place of a date with which Eleventy takes it from the file or from git."""


HIDING_TAGS = frozenset({"draft", "private"})
"""Tags of Nikola that stand for a state."""


@lru_cache(maxsize=4096)
def folded(key: str) -> str:
    """Return a key as values are found by it: `publishedAt` and `published_at` are one."""
    return canonical(key).replace("_", "")


@lru_cache(maxsize=256)
def row(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return a row of keys as values are found by them."""
    return tuple(dict.fromkeys(folded(name) for name in names))


@lru_cache(maxsize=4096)
def canonical(key: str) -> str:
    """Return a key as the tables spell it."""
    return re.sub(r"[-\s]+", "_", unicodedata.normalize("NFC", key).strip().lower())
