"""What of a generator's configuration depends on several keys, beyond its rows in the table."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from typing import Any

from feeds.sites.configs import Config, content, read
from feeds.sites.draft import Draft
from feeds.sites.permalinks import JEKYLL, translate
from feeds.sites.scripts import UNREAD
from feeds.sites.values import codes, document, listing, mapping, text, web

# Hugo: https://gohugo.io/configuration/all/

HUGO_KEYS = "baseURL languageCode theme defaultContentLanguage params module".split()
HUGO_FOLDERS = "content archetypes themes layouts go.mod".split()


def is_hugo(draft: Draft) -> bool:
    """Tell Hugo's config.toml from others: by a key, or by the folders around it."""
    if any(not config.name.startswith(("config.", "package.")) for config in draft.configs):
        return True
    there = sum(draft.exists(name) for name in HUGO_FOLDERS)
    return there > 1 or (there == 1 and draft.value(*HUGO_KEYS)[0] is not None)


def placed(config: Config) -> Config:
    """Return a file of `config/_default` with its keys where its name says: languages.en.toml."""
    tree = config.tree
    names = os.path.basename(config.name).split(".")[:-1]
    for name in reversed(names if names[0] not in ("hugo", "config") else []):
        tree = {name: tree}
    return Config(config.name, tree, config.problem)


def hugo(draft: Draft) -> None:
    """Read what depends on several keys."""
    _hugo_languages(draft)
    _hugo_permalinks(draft)
    _hugo_feeds(draft)
    _hugo_cascade(draft)
    if draft.value("defaultContentLanguageInSubdir")[0] is True:
        draft.warnings.append("defaultContentLanguageInSubdir: write the language in permalinks")


def _hugo_languages(draft: Draft) -> None:
    """Set the languages, and the folder above theirs: `content/en` and `content/fr`."""
    for mount in map(mapping, listing(draft.value("module.mounts")[0])):
        if mount.get("target") == "content" and not draft.text("contentDir"):
            draft.source(text(mount.get("source")) or "content", "module.mounts")
            break
    off = draft.words("disableLanguages")
    tables = {code: mapping(table) for code, table in draft.table("languages").items()}
    told = [code for code in tables if code not in off and not tables[code].get("disabled")]
    named = {code: text(tables[code].get("contentDir")) or "" for code in told}
    folders = {os.path.normpath(folder) for folder in named.values() if folder}
    own = next((code for code in (draft.text("defaultContentLanguage"), *told) if code in told), "")
    if len(told) > 1 and all(code == os.path.basename(named[code]) for code in told):
        draft.source(os.path.dirname(named[own]), "languages: contentDir")
    elif folders:
        draft.source(named.get(own) or min(folders), "languages: contentDir")
        if others := sorted(folders - {draft.base}):
            draft.warnings.append(f"languages in other folders are left out: {', '.join(others)}")
            return
    draft.put("content.languages", codes([own, *told]), "languages")


def _hugo_permalinks(draft: Draft) -> None:
    patterns, origin = draft.table("permalinks"), draft.value("permalinks")[1]
    patterns |= mapping(patterns.pop("page", {}))
    ugly, ugly_origin = draft.value("uglyURLs")
    ending = ".html" if ugly is True else "/"
    if ":filename" in draft.words("frontmatter.date"):  # Hugo takes the name's rest as slug
        draft.tokens |= {"slug": ":slug", "filename": ":slug"}
        draft.put("content.permalink", f"/:path/:slug{ending}", "frontmatter.date")
    for section, told in patterns.items():
        if section != "/" and not isinstance(told, dict):
            pattern = translate(told, draft.tokens)
            if pattern and ugly is True:
                pattern = f"{pattern.rstrip('/')}.html"
            draft.permalink(f"content.permalinks.{section.strip('/')}", pattern, origin, told)
    if ugly is True:
        draft.put("content.permalink", "/:path/:slug_or_name.html", ugly_origin)


def _hugo_feeds(draft: Draft) -> None:
    """Set the feeds of the home page: RSS, and formats that the site defines."""
    home = [word.lower() for word in draft.words("outputs.home")] or ["rss"]
    off = {word.lower() for word in draft.words("disableKinds")}
    for name in home:
        media = "application/rss+xml" if name == "rss" else ""
        media = draft.text(f"outputFormats.{name}.mediaType").lower() or media
        told = f"{name} {media}"
        kind = next((kind for kind in ("atom", "json", "rss") if kind in told), "")
        if not kind or not media or name in off or (kind == "json" and "feed" not in told):
            continue
        base = draft.text(f"outputFormats.{name}.baseName") or "index"
        path = document(f"{base}.{'json' if kind == 'json' else 'xml'}")
        draft.put(f"paths.{kind}", path, f"outputs.home: {name}")


def _hugo_cascade(draft: Draft) -> None:
    cascade, origin = draft.value("cascade")
    for item in map(mapping, listing(cascade)):
        values = {**mapping(item.get("params")), **item}
        for target in map(mapping, listing(item.get("_target") or item.get("target") or {})):
            whole = target.get("environment") in (None, "production") and not target.get("lang")
            if whole and target.get("kind") in (None, "page", "{page,section}"):
                for path in (text(target.get("path")) or "").strip("{}").split(","):
                    draft.default(re.sub(r"/?\*\*$", "", path), values, origin)


# Jekyll: https://jekyllrb.com/docs/configuration/, Hexo: https://hexo.io/docs/configuration

JEKYLL_KEYS = "title name url baseurl permalink theme remote_theme collections defaults".split()
HEXO_KEYS = (
    "new_post_name source_dir public_dir skip_render default_layout tag_dir archive_dir "
    "category_dir pagination_dir"
).split()


def is_jekyll(draft: Draft) -> bool:
    """Tell Jekyll's _config.yml from that of a theme of Hexo's."""
    unread = any(config.problem for config in draft.configs)
    return unread or draft.value(*JEKYLL_KEYS)[0] is not None or draft.exists("_posts")


def jekyll(draft: Draft) -> None:
    """Read what depends on several keys."""
    tables = {name: mapping(table) for name, table in draft.table("collections").items()}
    collections = [name for name in tables if tables[name].get("output") is True]
    _jekyll_defaults(draft)
    style, origin = draft.value("permalink")
    origin = origin or "Jekyll's default"
    ending = _jekyll_ending(str(style or "date"))
    posts = tables.get("posts", {}).get("permalink") or style
    for name in [name for name in collections if name != "posts"]:
        tokens = JEKYLL | {"collection": name}
        told = tables[name].get("permalink") or f"/:collection/:path{ending}"
        draft.permalink(f"content.permalinks._{name}", translate(told, tokens), origin, told)
    if posts or "content.permalinks" in draft.settings:  # else the profile's are Jekyll's own
        pattern = translate(posts or "date", JEKYLL)
        draft.permalink("content.permalinks._posts", pattern, origin, posts)
        draft.permalink("content.permalink", f"/:path/:slug{ending}", f"{origin}, for pages")
    kept = {"_posts", "_drafts", *(f"_{name}" for name in collections), *draft.words("include")}
    tops = dict.fromkeys(page.partition("/")[0] for page in draft.below(draft.base) if "/" in page)
    hidden = [top for top in tops if top.startswith("_") and top not in kept]
    draft.exclude([f"{top}/*" for top in ("_site", "vendor", *hidden)], "Jekyll's own folders")


def _jekyll_ending(style: str) -> str:
    """Return how the addresses of pages end (Jekyll::Utils.add_permalink_suffix)."""
    if style == "pretty" or style.endswith("/"):
        return "/"
    return ".html" if style in JEKYLL or style.endswith(":output_ext") else ""


def _jekyll_defaults(draft: Draft) -> None:
    """Read `defaults:`; among ours the later wins, so that the longest path comes last."""
    written, origin = draft.value("defaults")
    rules = []
    for item in map(mapping, listing(written)):
        scope = mapping(item.get("scope"))
        path = re.sub(r"/?\*+$", "", (text(scope.get("path")) or "").strip("/"))
        rules.append((path, text(scope.get("type")) or "", mapping(item.get("values"))))
    for path, kind, values in sorted(rules, key=lambda rule: len(rule[0])):
        folder = path or (f"_{kind}" if kind else "")
        told = values.get("permalink")
        if kind == "pages" and not path:
            folder = "[!_]*"
        elif told:
            pattern = translate(told, JEKYLL | {"collection": kind})
            setting = f"content.permalinks.{folder}" if folder else "content.permalink"
            draft.permalink(setting, pattern, origin, told)
        rest: dict[str, Any] = {key: value for key, value in values.items() if key != "permalink"}
        draft.default(folder, rest, origin)


def is_hexo(draft: Draft) -> bool:
    """Tell Hexo from Jekyll, which share the name of their configuration."""
    own = sum(key in config.tree for config in draft.configs for key in HEXO_KEYS)
    needed = draft.value("package.hexo", "needs.hexo")[0] is not None
    return own > 1 or needed or draft.exists("scaffolds")


def hexo(draft: Draft) -> None:
    """Read what depends on several keys."""
    name = ":filename" if ":year" in draft.text("new_post_name") else ":name"
    deep = re.search(r"(?:^|/):title", draft.text("permalink")) is not None
    draft.tokens |= {"title": f":path/{name}" if deep else name, "name": name}
    kinds, paths = draft.words("feed.type"), draft.words("feed.path")
    for kind, path in zip(kinds, [*paths, *(f"{kind}.xml" for kind in kinds[len(paths) :])],
                          strict=False):  # fmt: skip
        name = "rss" if kind == "rss2" else "atom"
        draft.put(f"paths.{name}", document(path), "hexo-generator-feed")


# https://www.getzola.org/documentation/getting-started/configuration/


def zola(draft: Draft) -> None:
    """Count the default language among the languages, and tell feeds by their names."""
    others = draft.table("languages") or listing(draft.value("languages")[0])
    languages = codes([draft.text("default_language") or "en", *others])
    draft.put("content.languages", languages, "languages")
    for name in draft.words("feed_filenames", "feed_filename"):
        kind = "atom" if "atom" in name else "rss"
        draft.put(f"paths.{kind}", document(name), "feed_filenames")


# https://docusaurus.io/docs/api/docusaurus-config


def docusaurus(draft: Draft) -> None:
    """Read blog, docs and pages; translations in `i18n` are left out."""
    slash = "/" if draft.value("trailingSlash")[0] is True else ""
    include = []
    for name, default in (("blog", "blog"), ("docs", "docs"), ("pages", "src/pages")):
        keys = [f"{above}.{name}" for above in ("presets", "themeConfig.presets", "plugins")]
        told, origin = draft.value(*(f"{key}.path" for key in keys))
        folder = os.path.normpath(text(told) or default)
        if folder.startswith(("..", "/")):
            draft.warnings.append(f"{origin}: {folder} is outside the site: not read")
        if draft.value(*keys)[0] is False or not draft.below(folder):
            continue
        hides = [f"{key}.exclude" for key in keys]
        draft.hide("globs", *draft.value(*hides, "plugins.exclude"), folder)
        include += [f"{folder}/*.md", f"{folder}/*.mdx"]
        route = draft.text(*(f"{key}.routeBasePath" for key in keys)) or name
        above = f"/{route.strip('/')}".rstrip("/") if name != "pages" else ""
        inner = "/:below"
        if name == "blog":
            inner = "/:year/:month/:day" if _docusaurus_dated(draft.below(folder)) else ""
            _docusaurus_feeds(draft, above)
        pattern = f"{above}{inner}/:slug{slash}"
        draft.permalink(f"content.permalinks.{folder}", pattern, f"{name}.routeBasePath")
    draft.put("content.include", include, "the folders that exist")


def _docusaurus_dated(pages: list[str]) -> bool:
    """Tell whether most names begin with a date."""
    dates = [page for page in pages if re.search(r"(?:^|/)\d{4}-\d\d?-\d\d?[-_][^/]+", page)]
    return len(dates) * 2 > len(pages)


def _docusaurus_feeds(draft: Draft, above: str) -> None:
    kinds = draft.words("presets.blog.feedOptions.type", "plugins.blog.feedOptions.type")
    for kind, file in (("rss", "rss.xml"), ("atom", "atom.xml"), ("json", "feed.json")):
        if kind in (kinds or ("rss", "atom")) or "all" in kinds:
            draft.put(f"paths.{kind}", f"{above}/{file}", "blog.feedOptions")


# Scripts that make pages of posts, in Astro and Next.js: `src/pages/posts/[...slug].astro`

_ROUTE = re.compile(
    r"((?!api/)(?:.*/)?)\[(?:\.\.\.)?(?:slug|id|post|path)\](?:/(?:index|page))?\.(?:astro|[jt]sx?)"
)


def routed(draft: Draft) -> None:
    """Set the pattern of posts, where one route makes their pages and one folder holds them."""
    routes = {}
    for top in (draft.root / name for name in ("src/pages", "src/app", "pages", "app")):
        for path in top.rglob("*") if top.is_dir() else ():
            if found := _ROUTE.fullmatch(path.relative_to(top).as_posix()):
                routes[re.sub(r"\(\w+\)/", "", found[1])] = path.relative_to(draft.root).as_posix()
    folders = {page.rpartition("/")[0].partition("/")[0] for page in draft.below(draft.base)}
    folders -= {"author", "authors", "people", "team"}
    if len(routes) == len(folders) == 1 and not draft.base.endswith(("pages", "app")):
        (route, origin), folder = routes.popitem(), folders.pop()
        told, astro = draft.value("trailingSlash")[0], draft.settings["content.profile"] == "astro"
        slash = "/" if told is True or (astro and told != "never") else ""
        place, inner = (f"s.{folder}", ":below") if folder else ("", ":path")
        pattern = f"/{route}{inner}/:slug_or_name{slash}"
        if "[" not in route:
            draft.permalink(f"content.permalink{place}", pattern, f"guessed: {origin}")


# https://www.gatsbyjs.com/plugins/gatsby-source-filesystem/


def gatsby(draft: Draft) -> None:
    """Read the folders that `createFilePath` makes addresses from."""
    told = re.findall(r"\bpath:\s*[`\"'](?:\$\{__dirname\}/|\./)?([\w./-]+)", draft.scripts())
    found = [path for path in dict.fromkeys(map(os.path.normpath, told)) if draft.below(path)]
    if len(found) == 1:
        draft.source(found[0], f"{draft.sign}: path")


# https://www.11ty.dev/docs/config/, https://www.11ty.dev/docs/data-template-dir/


def eleventy(draft: Draft) -> None:
    """Read what is ignored, and what a directory's file says of posts: `posts/posts.json`."""
    call = r"\bignores\s*\??\.\s*add\(\s*(?:([\"'`])(.*?)\1\s*\))?"
    added = (found[2] or "${" for found in re.finditer(call, draft.scripts()))
    literal = [UNREAD if "${" in told else told for told in added]
    draft.hide("globs", literal, f"{draft.sign}: ignores.add", ".")
    for place in dict.fromkeys((".", draft.base)):
        with suppress(OSError, ValueError):
            lines = content(draft.root / place / ".eleventyignore")
            draft.hide("lines", lines, os.path.normpath(f"{place}/.eleventyignore"), place)
    for folder in sorted({os.path.dirname(page) for page in draft.below(draft.base)} - {""}):
        place = os.path.normpath(f"{draft.base}/{folder}/{os.path.basename(folder)}")
        if path := draft.first(f"{place}{ending}" for ending in (".11tydata.js", ".json")):
            tree = dict(read(draft.root / path, path).tree)
            if told := tree.pop("permalink", None):
                pattern = translate(told, draft.tokens)
                draft.permalink(f"content.permalinks.{folder}", pattern, f"{path}: permalink", told)
            draft.default(folder, tree, path)


# https://docs.getpelican.com/en/stable/settings.html


def pelican(draft: Draft) -> None:
    """Take slugs from names where the site does."""
    if "(?P<slug>" in draft.text("FILENAME_METADATA") or draft.text("SLUGIFY_SOURCE") == "basename":
        draft.tokens["slug"] = ":slug"


def obsidian(draft: Draft) -> None:
    """Call the vault as its folder is called; publish what its plugin publishes."""
    garden = draft.first([".obsidian/plugins/digitalgarden"])
    draft.put("content.opt_in", garden and "dg-publish", garden or "")
    draft.put("site.title", draft.root.name, "guessed: the vault's name")


# https://quartz.jzhao.xyz/configuration


def quartz(draft: Draft) -> None:
    """Read the address, which has no scheme, and whether notes are published one by one."""
    host = draft.text("configuration.baseUrl")
    draft.put("site.url", web(f"https://{host}"), f"{draft.sign}: baseUrl")
    if "Plugin.ExplicitPublish(" in draft.scripts():
        draft.put("content.opt_in", "publish", f"{draft.sign}: ExplicitPublish")


# https://vitepress.dev/reference/site-config, https://vuepress.vuejs.org/reference/config.html


def press(draft: Draft) -> None:
    """Set the content folder: the one that holds `.vitepress`, or one below it."""
    holder, here, _ = draft.sign.partition(".v")
    if here:
        told = draft.text("srcDir") or "."
        draft.source(f"{holder or './'}{told}", draft.value("srcDir")[1] or draft.sign)
