"""The generators configured in JavaScript: Astro, Docusaurus, Next.js and others."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from feeds.sites.draft import Draft
from feeds.sites.places import nested, packages, several, source
from feeds.sites.values import text

SCRIPTS = (".js", ".cjs", ".mjs", ".ts", ".mts", ".cts")
ENDINGS = (*SCRIPTS, ".jsx", ".tsx", "/route.js", "/route.ts")

SITE_FILES = (
    "data/siteMetadata.js", "data/siteMetadata.cjs", "data/siteMetadata.mjs",
    "data/siteMetadata.ts", "siteMetadata.js", "site.config.js", "site.config.ts",
    "blog.config.js", "src/site.config.ts", "src/config.ts", "src/config.js", "src/config.mjs",
    "src/config.yaml", "src/consts.ts", "src/consts.js", "src/constants.ts", "src/site.ts",
    "src/data/site.ts", "src/config/site.ts", "config/site.ts", "config/site.js",
    "lib/constants.ts", "next-sitemap.config.js",
    "app/layout.tsx", "src/app/layout.tsx",
)  # fmt: skip
"""Where starters and themes of Astro and Next.js keep the site's title and address."""

FEED_FILES = (
    ("rss", "feed.xml"), ("rss", "rss.xml"), ("atom", "atom.xml"), ("json", "feed.json"),
    ("rss", "rss"), ("rss", "feed"), ("atom", "feed.atom"), ("rss", "index.xml"),
)  # fmt: skip

_ROUTE = re.compile(r"\[(?:\.\.\.)?(?:slug|id|post|path|title|name)\]")


def endpoints(draft: Draft, *folders: str) -> None:
    """Find feeds that the site makes in a script: `src/pages/rss.xml.js`, `app/rss/route.ts`."""
    for folder in folders:
        for kind, name in FEED_FILES:
            if found := draft.first(f"{folder}/{name}{ending}" for ending in ENDINGS):
                draft.document(kind, name, found)


# Astro: https://docs.astro.build/en/reference/configuration-reference/


def astro(draft: Draft) -> None:
    """Read an Astro site: content collections, and Markdown among the pages."""
    draft.extend(SITE_FILES)
    folder = next((name for name in ("src/content", "src/data", "content", "src/blog")
                   if draft.has_pages(name)), None)  # fmt: skip
    paged = draft.has_pages("src/pages")
    if folder and paged and folder.startswith("src/"):
        source(draft, "src", "guessed: posts are in collections and among the pages")
        kinds = [f"{part}/*{end}" for part in (folder[4:], "pages") for end in (".md", ".mdx")]
        draft.put("content.include", kinds, "guessed: the folders with Markdown")
    else:
        source(draft, folder or ("src/pages" if paged else "src/content"), "guessed: Markdown")
    slash = "" if draft.text("trailingSlash") == "never" else "/"
    if not slash:
        draft.permalink("", "/:path/:slug", "trailingSlash")
    if draft.settings["content.source"] == "src":
        nested(draft, "pages", f"/{{folder}}/:slug{slash}", "src/pages")
    _routed(draft, folder or "src/content", ("src/pages",), slash)
    codes = draft.words("i18n.locales")
    several(draft, codes, "i18n.locales")
    endpoints(draft, "src/pages")
    if draft.exists("src/pages/robots.txt.ts") or draft.exists("src/pages/robots.txt.js"):
        draft.off("robots", "src/pages/robots.txt makes it")


def _routed(draft: Draft, folder: str, tops: tuple[str, ...], slash: str) -> None:
    """Set the patterns of collections from the routes that show them: `blog/[slug].astro`."""
    base = str(draft.settings["content.source"])
    inside = "" if folder == base else f"{os.path.relpath(folder, base)}/"
    tops_found = list(dict.fromkeys(inner.split("/")[0] for inner in draft.below(folder)))
    routes = list(dict.fromkeys(route for top in tops for route in _routes(draft, top)))
    for collection in tops_found:
        alike = [route for route in routes if route.rpartition("/")[2] == collection]
        only = routes if len(routes) == 1 and len(tops_found) == 1 else []
        route = (alike or only or [collection if inside else ""])[0]
        if collection == "docs" and draft.value("integrations.title")[0] and not alike:
            nested(draft, f"{inside}docs", f"/{{folder}}/:slug{slash}", "guessed: Starlight")
        elif route and (inside or route != collection):
            origin = f"guessed: the route /{route}/[…]"
            nested(draft, inside + collection, f"/{route}/{{folder}}/:slug{slash}", origin)
    if not tops_found and len(routes) == 1:
        draft.permalink("", f"/{routes[0]}/:path/:slug{slash}".replace("//", "/"),
                        f"guessed: the route /{routes[0]}/[…]")  # fmt: skip


def _routes(draft: Draft, top: str) -> Iterator[str]:
    """Return the addresses above a page for each post: `blog` for `pages/blog/[slug].js`."""
    for count, (place, below, files) in enumerate(os.walk(draft.path(top))):
        below.sort()
        names = [*files, *(name for name in below if name.startswith("["))]
        if any(_ROUTE.match(name) for name in names):
            parts = os.path.relpath(place, draft.path(top)).replace(os.sep, "/").split("/")
            shown = [part for part in parts if part != "." and part[:1] not in "(@"]
            if not any(part.startswith("[") for part in shown) and "api" not in shown:
                yield "/".join(shown)
        if count > 1000:
            break


# Docusaurus: https://docusaurus.io/docs/api/docusaurus-config


def docusaurus(draft: Draft) -> None:
    """Read a Docusaurus site: blog and docs; translations in `i18n` are left out."""
    source(draft, ".", "Docusaurus's default")
    slash = "/" if draft.flag("trailingSlash") else ""
    include = []
    for name in ("blog", "docs"):
        keys = [f"{above}.{name}" for above in ("presets", "themeConfig.presets", "plugins")]
        if draft.value(*keys)[0] is False:
            continue
        folder = draft.text(*(f"{key}.path" for key in keys)) or name
        if draft.exists(folder):
            include += [f"{folder}/*.md", f"{folder}/*.mdx"]
            route = draft.text(*(f"{key}.routeBasePath" for key in keys)) or name
            _docusaurus_route(draft, name, folder, route.strip("/"), slash)
    if draft.exists("src/pages"):
        include += ["src/pages/*.md", "src/pages/*.mdx"]
        nested(draft, "src/pages", f"/{{folder}}/:slug{slash}", "src/pages")
    draft.put("content.include", include, "the folders that exist")
    draft.permalink("", f"/:path/:slug{slash}", "trailingSlash")


def _docusaurus_route(draft: Draft, name: str, folder: str, route: str, slash: str) -> None:
    above = f"/{route}".rstrip("/")
    if name == "docs":
        nested(draft, folder, f"{above}/{{folder}}/:slug{slash}", "docs.routeBasePath")
        return
    dated = "/:year/:month/:day" if draft.dated(folder) else ""
    draft.permalink(folder, f"{above}{dated}/:slug{slash}", "blog.routeBasePath")
    kinds = draft.words("presets.blog.feedOptions.type", "plugins.blog.feedOptions.type")
    offered = {"rss", "atom", "json"} if "all" in kinds else set(kinds) or {"rss", "atom"}
    for kind, file in (("rss", "rss.xml"), ("atom", "atom.xml"), ("json", "feed.json")):
        if kind in offered:
            draft.document(kind, f"{above}/{file}", "blog.feedOptions")
    draft.entries("presets.blog.feedOptions.limit")


# Next.js, with or without Contentlayer; Gatsby


def nextjs(draft: Draft) -> None:
    """Read a Next.js site: the first folder of Markdown that starters use."""
    draft.extend(SITE_FILES)
    folders = ("posts", "_posts", "content", "data", "src/content", "src/posts", "blog", "articles",
               "pages", "src/pages", "app", "src/app")  # fmt: skip
    folder = next((name for name in folders if draft.has_pages(name)), None)
    source(draft, folder or "posts", "guessed: the folder with Markdown")
    slash = "/" if draft.flag("trailingSlash") else ""
    tops = ("app", "src/app", "pages", "src/pages")
    if folder and folder not in tops:
        _routed(draft, folder, tops, slash)
    draft.permalink("", f"/:path/:slug{slash}", "guessed: pages lie as the files do")
    endpoints(draft, "app", "src/app", "pages", "src/pages")
    if draft.first(f"{top}/robots{end}" for top in ("app", "src/app") for end in (".ts", ".js")):
        draft.off("robots", "app/robots makes it")


def gatsby(draft: Draft) -> None:
    """Read a Gatsby site."""
    folders = ("content", "src/content", "posts", "blog", "src/posts", "src/pages")
    folder = next((name for name in folders if draft.has_pages(name)), "content")
    source(draft, folder, "guessed: the folder with Markdown")
    if "gatsby-plugin-feed" in packages(draft.root):
        path = draft.text("plugins.options.feeds.output") or "/rss.xml"
        draft.document("rss", path, "gatsby-plugin-feed")
    draft.warnings.append("Gatsby is read as Next.js is: check `content.permalink`")


# VitePress and Quartz


def vitepress(draft: Draft) -> None:
    """Read a VitePress site."""
    above = "docs" if draft.exists("docs/.vitepress") else "."
    folder = os.path.join(above, draft.text("srcDir"))
    source(draft, folder, "srcDir" if draft.text("srcDir") else "the folder of .vitepress")
    ending = "" if draft.flag("cleanUrls") else ".html"
    draft.permalink("", f"/:path/:slug{ending}", "cleanUrls")
    several(draft, [code for code in draft.table("locales") if code != "root"], "locales")


def quartz(draft: Draft) -> None:
    """Read a Quartz site, which publishes a vault; its address has no scheme."""
    source(draft, "content", "Quartz's default")
    host = text(draft.value("configuration.baseUrl", "config.configuration.baseUrl")[0])
    if host and "site.url" not in draft.settings:
        draft.configs.insert(
            0, type(draft.configs[0])("quartz.config.ts", {"baseURL": f"//{host}"})
        )
    draft.permalink("", "/:path/:slug", "Quartz's default")
    draft.document("rss", "/index.xml", "Quartz's RSS")
