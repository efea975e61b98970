"""Jekyll: https://jekyllrb.com/docs/configuration/. Hexo: https://hexo.io/docs/configuration."""

from __future__ import annotations

import re
from typing import Any

from feeds.sites.configs import content
from feeds.sites.draft import Draft
from feeds.sites.permalinks import HEXO, JEKYLL, JEKYLL_STYLES, colon
from feeds.sites.places import excluded, nested, packages, several, source
from feeds.sites.values import listing, text


def jekyll(draft: Draft) -> None:
    """Read a Jekyll site."""
    base = source(draft, draft.text("source") or ".", "source" if draft.text("source") else
                  "Jekyll's default")  # fmt: skip
    collections = _jekyll_collections(draft)
    _jekyll_defaults(draft)
    _jekyll_permalinks(draft, collections)
    _jekyll_feed(draft)
    several(draft, draft.words("languages"), "languages")
    held = {"_posts", "_drafts", *(f"_{name}" for name in collections), *draft.words("include")}
    tops = {folder.split("/")[0] for folder in draft.below(base)}
    hidden = sorted(top for top in tops if top.startswith("_") and top not in held)
    draft.exclude([f"{top}/*" for top in ("_site", "vendor", *hidden)], "Jekyll's own folders")
    draft.exclude(excluded(draft, base, draft.words("exclude")), "exclude")


def _jekyll_collections(draft: Draft) -> dict[str, dict[str, Any]]:
    """Return the collections that have pages: name → what is set for it."""
    written = draft.value("collections")[0]
    tables = written if isinstance(written, dict) else {}
    return {
        name: table
        for name, table in tables.items()
        if isinstance(table, dict) and (table.get("output") is True or name == "posts")
    }


def _jekyll_permalinks(draft: Draft, collections: dict[str, dict[str, Any]]) -> None:
    style, origin = draft.value("permalink")
    posts = collections.pop("posts", {}).get("permalink") or style
    if not (style or posts or collections or "content.permalinks" in draft.settings):
        return  # the profile's patterns are Jekyll's own
    origin = origin or "Jekyll's default"
    suffix = _jekyll_suffix(style)
    written = JEKYLL_STYLES.get(str(posts or "date"), posts)
    told = f"{origin}, and collections" if collections else origin
    draft.permalink("_posts", colon(written, JEKYLL), told, written)
    within = draft.text("collections_dir").strip("/")
    for name, table in collections.items():
        tokens = JEKYLL | {"collection": name, "path": ":path/:slug"}
        written = table.get("permalink") or f"/:collection/:path{suffix}"
        written = JEKYLL_STYLES.get(str(written), written)
        pattern = colon(written, tokens)
        folder = f"{within}/_{name}".strip("/")
        if pattern and within:
            nested(draft, folder, pattern.replace(":path", "{folder}"), f"collections.{name}")
        else:
            draft.permalink(folder, pattern, f"collections.{name}", written)
    draft.permalink("", f"/:path/:slug{suffix}", f"{origin}, for pages")


def _jekyll_suffix(style: object) -> str:
    """Return how the addresses of pages end (Jekyll::Utils.add_permalink_suffix)."""
    written = str(style or "date")
    if written == "pretty" or written.endswith("/"):
        return "/"
    return ".html" if written in JEKYLL_STYLES or written.endswith(":output_ext") else ""


def _jekyll_defaults(draft: Draft) -> None:
    """Read `defaults:`; among ours the later wins, so that the longest path comes last."""
    written, origin = draft.value("defaults")
    rules = []
    for item in listing(written):
        scope = item.get("scope") if isinstance(item, dict) else None
        values = item.get("values") if isinstance(item, dict) else None
        if isinstance(values, dict):
            scope = scope if isinstance(scope, dict) else {}
            path = (text(scope.get("path")) or "").strip("/")
            rules.append((path, text(scope.get("type")) or "", values))
    for path, kind, values in sorted(rules, key=lambda rule: len(rule[0])):
        for folder in _jekyll_scope(draft, path, kind):
            tokens = JEKYLL | {"collection": kind, "path": ":path/:slug"} if kind else JEKYLL
            written = values.get("permalink")
            if written and "*" not in folder:
                draft.permalink(folder, colon(JEKYLL_STYLES.get(str(written), written), tokens),
                                origin, written)  # fmt: skip
            rest = {key: value for key, value in values.items() if key != "permalink"}
            draft.default(folder, rest, origin)


def _jekyll_scope(draft: Draft, path: str, kind: str) -> list[str]:
    """Return the folders or patterns that a scope means."""
    if path or not kind:
        return [re.sub(r"/?\*+$", "", path)]
    if kind == "pages":
        return ["[!_]*"]
    folder = f"{draft.text('collections_dir').strip('/')}/_{kind}".strip("/")
    inner = [found for found in draft.folders if f"/_{kind}" in found and found != folder]
    return [folder, f"*/_{kind}/*"] if kind == "posts" and inner else [folder]


def _jekyll_feed(draft: Draft) -> None:
    try:
        gems = content(draft.root / "Gemfile")
    except (OSError, ValueError):
        gems = ""
    plugins = {*draft.words("plugins"), *draft.words("gems")}
    if "jekyll-feed" in plugins or "jekyll-feed" in gems:
        path = draft.text("feed.path") or "/feed.xml"
        draft.document("atom", path, "jekyll-feed, which writes Atom")
        draft.entries("feed.posts_limit")
        if draft.flag("feed.excerpt_only"):
            draft.put("feeds.content", "summary", draft.value("feed.excerpt_only")[1])
    if "jekyll-sitemap" in plugins:
        draft.off("robots", "jekyll-sitemap makes its own")


def is_hexo(draft: Draft) -> bool:
    """Tell Hexo from Jekyll, which share the name of their configuration."""
    keys = "new_post_name source_dir public_dir skip_render default_layout tag_dir archive_dir"
    known = [*keys.split(), "category_dir", "pagination_dir"]
    own = sum(key in config.tree for config in draft.configs for key in known)
    return own > 1 or draft.exists("scaffolds") or "hexo" in packages(draft.root)


def hexo(draft: Draft) -> None:
    """Read a Hexo site."""
    written = draft.text("source_dir")
    base = source(draft, written or "source", "source_dir" if written else "Hexo's default")
    pattern, origin = draft.value("permalink")
    if pattern is not None:
        dated = ":year" in draft.text("new_post_name")
        name = ":filename" if dated else ":name"
        deep = re.search(r"(?:^|/):title", str(pattern)) is not None
        tokens = HEXO | {"title": f":path/{name}" if deep else name, "name": name}
        ours = colon(pattern, tokens)
        if ours and draft.flag("pretty_urls.trailing_html") is False:
            ours = ours.removesuffix(".html")
        draft.permalink("_posts", ours, origin, pattern)
    draft.exclude(excluded(draft, base, draft.words("skip_render")), "skip_render")
    if draft.table("feed") or "hexo-generator-feed" in packages(draft.root):
        kinds, paths = draft.words("feed.type") or ["atom"], draft.words("feed.path")
        for kind, path in zip(kinds, [*paths, *(f"{kind}.xml" for kind in kinds[len(paths) :])],
                              strict=False):  # fmt: skip
            draft.document("rss" if kind == "rss2" else "atom", path, "hexo-generator-feed")
        draft.entries("feed.limit")
    if draft.table("robotstxt"):
        draft.off("robots", "hexo-generator-robotstxt makes its own")
