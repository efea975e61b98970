"""Zola, Pelican, Nikola, MkDocs and Obsidian."""

from __future__ import annotations

import os
from typing import Any

from feeds.sites.draft import MARKDOWN, Draft
from feeds.sites.permalinks import PELICAN, braces
from feeds.sites.places import excluded, nested, several, source
from feeds.sites.values import listing, text

# Zola: https://www.getzola.org/documentation/getting-started/configuration/


def is_zola(draft: Draft) -> bool:
    """Tell Zola from Hugo, which share the name of their configuration."""
    return any("base_url" in config.tree for config in draft.configs)


def zola(draft: Draft) -> None:
    """Read a Zola site."""
    source(draft, "content", "Zola's default")
    old = [text(item.get("code")) or "" for item in listing(draft.value("languages")[0])
           if isinstance(item, dict) and "code" in item]  # fmt: skip
    others = old or list(draft.table("languages"))
    several(draft, [draft.text("default_language") or "en", *others], "languages")
    if draft.flag("generate_feeds") or draft.flag("generate_feed"):
        for name in draft.words("feed_filenames", "feed_filename") or ["atom.xml"]:
            draft.document("atom" if "atom" in name else "rss", name, "generate_feeds")
    draft.entries("feed_limit")
    if draft.flag("generate_robots_txt") is not False:
        draft.off("robots", "Zola makes its own")


# Pelican: https://docs.getpelican.com/en/stable/settings.html


def pelican(draft: Draft) -> None:
    """Read a Pelican site: publishconf.py over pelicanconf.py."""
    path = draft.text("PATH")
    default = "content" if draft.exists("content") else "."
    base = source(draft, path or default, "PATH" if path else "guessed: PATH is not set")
    named = "(?P<slug>" in draft.text("FILENAME_METADATA")
    by_name = named or draft.text("SLUGIFY_SOURCE") == "basename"
    tokens = PELICAN | {"slug": ":slug"} if by_name else PELICAN
    pattern, origin = draft.value("ARTICLE_URL", "ARTICLE_SAVE_AS")
    if pattern is not None:
        draft.permalink("", braces(pattern, tokens), origin, pattern)
    pages, origin = draft.value("PAGE_URL", "PAGE_SAVE_AS")
    written = braces(pages or "pages/{slug}.html", tokens)
    for folder in draft.words("PAGE_PATHS") or ["pages"]:
        draft.permalink(folder.strip("/"), written, origin or "Pelican's default", pages)
    draft.exclude(excluded(draft, base, draft.words("ARTICLE_EXCLUDES")), "ARTICLE_EXCLUDES")
    if not any("FEED_ALL_ATOM" in config.tree for config in draft.configs):
        draft.document("atom", "feeds/all.atom.xml", "Pelican's default")
    for kind, key in (("atom", "FEED_ALL_ATOM"), ("atom", "FEED_ATOM"), ("rss", "FEED_ALL_RSS"),
                      ("rss", "FEED_RSS")):  # fmt: skip
        draft.document(kind, *draft.value(key))
    draft.entries("FEED_MAX_ITEMS")
    values, origin = draft.value("DEFAULT_METADATA")
    pairs = [pair for pair in listing(values) if isinstance(pair, list) and len(pair) == 2]
    draft.default("", values or {str(key): value for key, value in pairs}, origin)


# Nikola: https://getnikola.com/handbook.html


def is_nikola(draft: Draft) -> bool:
    """Tell Nikola's conf.py from Sphinx's."""
    return any({"BLOG_TITLE", "POSTS"} & set(config.tree) for config in draft.configs)


def nikola(draft: Draft) -> None:
    """Read a Nikola site, whose POSTS say (files, address, template)."""
    source(draft, ".", "Nikola's default")
    suffix = ".html" if draft.flag("PRETTY_URLS") is False else "/"
    include = []
    for key in ("POSTS", "PAGES"):
        rules = [rule for rule in listing(draft.value(key)[0]) if isinstance(rule, list)]
        for rule in rules or [[f"{key.lower()}/*.md", key.lower()]]:
            files, address = (text(part) or "" for part in [*rule, "", ""][:2])
            folder = os.path.dirname(files)
            if folder and files.endswith(MARKDOWN):
                include.append(files)
                nested(draft, folder, f"/{address}/{{folder}}/:slug{suffix}", key)
    draft.put("content.include", list(dict.fromkeys(include)), "POSTS, PAGES")
    several(draft, list(draft.table("TRANSLATIONS")), "TRANSLATIONS")
    draft.entries("FEED_LENGTH")
    if draft.flag("GENERATE_RSS") is not False:
        draft.document("rss", "/rss.xml", "Nikola's default")
    if draft.flag("GENERATE_ATOM"):
        draft.document("atom", "/index.atom", "GENERATE_ATOM")
    draft.off("robots", "Nikola makes its own")


# MkDocs: https://www.mkdocs.org/user-guide/configuration/


def mkdocs(draft: Draft) -> None:
    """Read a MkDocs site, with Material's blog and the RSS plugin."""
    folder = draft.text("docs_dir")
    source(draft, folder or "docs", "docs_dir" if folder else "MkDocs' default")
    pretty = draft.flag("use_directory_urls") is not False
    draft.permalink("", f"/:path/:name{'/' if pretty else '.html'}", "use_directory_urls")
    written = draft.value("plugins")[0]
    plugins: dict[str, Any] = written if isinstance(written, dict) else {}
    for item in listing(written):
        plugins |= item if isinstance(item, dict) else {text(item) or "": {}}
    if "rss" in plugins:
        draft.document("rss", "/feed_rss_created.xml", "plugins: rss")
    if "blog" in plugins or "material/blog" in plugins:
        options = plugins.get("blog")
        named = text(options.get("blog_dir")) if isinstance(options, dict) else None
        base = (named or "blog").strip("./")
        draft.permalink(f"{base}/posts".strip("/"),
                        f"/{base}/:year/:month/:day/:slug_or_title/", "plugins: blog")  # fmt: skip


# Obsidian keeps its settings in .obsidian/


def obsidian(draft: Draft) -> None:
    """Read an Obsidian vault."""
    base = source(draft, ".", "the vault")
    filters, origin = draft.words("userIgnoreFilters"), "app.json: userIgnoreFilters"
    draft.exclude(excluded(draft, base, filters), f".obsidian/{origin}")
    templates = excluded(draft, base, draft.words("folder"))
    draft.exclude(templates, ".obsidian/templates.json: folder")
    draft.put("site.title", draft.root.name, "guessed: the vault's name")
