"""`feeds.sites`: sites as their users configure them, and configurations that are broken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeds.settings import load
from feeds.sites import Found, configs, discover, permalinks, summary, toml
from feeds.sites.permalinks import translate
from feeds.sites.scripts import UNREAD, literals

POST = "---\ntitle: A post\n---\nText.\n"


def site(root: Path, files: dict[str, str]) -> Path:
    """Write a site's files; names that end in `/` are folders."""
    (root / ".git").mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        path = root / name
        if name.endswith("/"):
            path.mkdir(parents=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def posts(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, POST)


def loaded(found: Found, folder: Path) -> Any:
    """Return the settings that the written feeds.toml loads to."""
    path = folder / "feeds.toml"
    path.write_text(toml(found), encoding="utf-8")
    return load(path)


HUGO_PAPERMOD = {
    "hugo.yaml": """
baseURL: https://ada.dev/
title: Ada's notes
theme: [PaperMod]
enableRobotsTXT: true
pagination: {pagerSize: 5}
params:
  title: ExampleSite
  description: Notes on engines
  author: ["Ada Lovelace", "Charles <charles@mail.example>"]
  env: production
languages:
  en:
    languageName: English
    weight: 1
    languageCode: en-gb
outputs:
  home: [HTML, RSS, JSON]
permalinks:
  posts: /:year/:month/:slug/
services: {rss: {limit: 15}}
cascade:
  - _target: {path: /drafts/**}
    draft: true
  - target: {path: "{/news/**,/press/**}"}
    params: {author: Press team}
    build: {list: never}
""",
    **posts("content/posts/one.md", "content/news/two.md"),
}
HUGO_CONFIG_DIRECTORY = {
    "config/_default/hugo.toml": 'baseURL = "http://localhost:1313/"\n'
    'defaultContentLanguage = "de"',
    "config/_default/languages.de.toml": 'title = "Notizen"\nlanguageCode = "de-AT"\n'
    "[params.author]\nname = 'Ada'\nemail = 'ada@mail.example'\nlinks = [{x = 'https://x.dev'}]\n",
    "config/_default/languages.fr.toml": 'title = "Notes"',
    "config/_default/params.toml": 'description = "Über Maschinen"',
    "config/_default/permalinks.toml": "[page]\nblog = '/:slugorcontentbasename'\n"
    "[section]\nblog='/b'",
    "config/production/hugo.toml": 'baseURL = "https://ada.dev/blog/"',
    **posts("content/blog/a.md", "content/blog/a.fr.md"),
}
HUGO_OLD = {
    "config.toml": """
baseurl = "https://ada.dev"
languageCode = "en-us"
title = "Old <b>site</b>"
theme = "hyde"
uglyURLs = true
rssLimit = -1
copyright = "© Ada &amp; friends"
[outputs]
home = ["html", "rss", "jsonfeed", "atom"]
[outputFormats.jsonfeed]
mediaType = "application/feed+json"
baseName = "feed"
[outputFormats.RSS]
baseName = "feed"
[outputFormats.Atom]
mediaType = "application/atom+xml"
baseName = "atom"
[author]
name = "Ada"
email = "ada@mail.example"
""",
    "static/robots.txt": "User-agent: *\n",
    "static/sitemap.xml": "<urlset/>",
    **posts("content/post/2015-01-01-a.md"),
}
JEKYLL_MINIMA = {
    "_config.yml": """
title: Your awesome title
author:
  name: Grace Hopper
  email: grace@mail.example
description: >- # this means to ignore newlines
  Write an awesome description
  for your site.
baseurl: "/blog" # the subpath of your site
url: "https://grace.dev"
show_excerpts: false
minima: {skin: classic}
theme: minima
plugins:
  - jekyll-feed
  - jekyll-seo-tag
exclude: [README.md, drafts-of-talks/, Gemfile, vendor/bundle/]
""",
    "about.markdown": POST,
    "Gemfile": "",
    "_posts/2024-01-01-welcome-to-jekyll.markdown": POST,
    "_includes/part.md": "x",
    "drafts-of-talks/one.md": POST,
}
JEKYLL_MISTAKES = {
    "_config.yml": """
minimal_mistakes_skin: default
locale: "en-US"
title: Mistakes
name: &name Ada
url: https://mistakes.dev
timezone: America/New_York
permalink: /:categories/:title/
include: [_pages]
collections:
  recipes: {output: true, permalink: "/:collection/:path/"}
  secrets: {output: false}
feed: {path: atom.xml, posts_limit: 25}
gems: [jekyll-feed, jekyll-sitemap]
defaults:
  - scope: {path: "", type: posts}
    values: {layout: single, author: *name, share: true}
  - scope: {path: "", type: recipes}
    values: {permalink: "/food/:path/", sitemap: false}
  - scope: {path: "", type: pages}
    values: {layout: single}
""",
    **posts("_pages/about.md", "_posts/2020-01-01-a.md", "_recipes/soup/cold.md", "_secrets/b.md"),
    "_data/authors.yml": "ada: {name: Ada}",
}
HEXO_NEXT = {
    "_config.yml": """
# Hexo Configuration
title: 阿达
subtitle: ''
description: 关于机器
keywords:
author: Ada
language: [zh-CN, en]
timezone: 'Asia/Shanghai'
url: https://ada.dev/weblog
root: /weblog/
permalink: :year/:month/:day/:title/
permalink_defaults:
pretty_urls: {trailing_index: true}
source_dir: source
public_dir: public
skip_render: [demo/*, "notes/raw.md"]
new_post_name: :title.md
feed: {enable: true, type: [atom, rss2], path: [atom.xml, rss2.xml], limit: 40, content: true}
""",
    "package.json": '{"name": "hexo-site", "hexo": {"version": "7"}}',
    **posts("source/_posts/a.md", "source/about/index.md"),
}
ZOLA_TABI = {
    "config.toml": """
base_url = "https://ada.dev"
title = "tabi"
description = "A theme"
default_language = "en"
theme = "tabi"
compile_sass = true
author = "Ada"
generate_feeds = true
feed_filenames = ["atom.xml", "rss.xml"]
feed_limit = 12
taxonomies = [{name = "tags", feed = true}]
[languages.es]
title = "tabi"
[languages.ca]
[markdown]
highlight_code = true
""",
    **posts("content/blog/a.md", "content/blog/a.es.md"),
}
ELEVENTY_BASE = {
    "eleventy.config.js": """
import pluginRss, { feedPlugin } from "@11ty/eleventy-plugin-rss";
/** @param {import("@11ty/eleventy").UserConfig} eleventyConfig */
export default async function(eleventyConfig) {
  eleventyConfig.addPreprocessor("drafts", "*", (data, content) => {
    if (data.draft) { data.title = `${data.title} (draft)`; }
  });
  eleventyConfig.addPassthroughCopy({ "./public/": "/" }).addPassthroughCopy("./x.xsl");
  eleventyConfig.addPlugin(feedPlugin, {
    type: "atom", // or "rss", "json"
    outputPath: "/feed/feed.xml",
    collection: { name: "posts", limit: 10 },
    metadata: { language: "en", title: "Blog Title", base: "https://example.com/",
      author: { name: "Your Name" } }
  });
};
export const config = {
  templateFormats: ["md", "njk"],
  dir: { input: "content", includes: "../_includes", data: "../_data", output: "_site" },
  // pathPrefix: "/",
};
""",
    "_data/metadata.js": """export default {
  title: "Eleventy Base Blog v9",
  url: "https://ada.dev/",
  language: "en",
  description: "I am writing about my experiences",
  author: { name: "Ada", email: "ada@mail.example", url: "https://ada.dev/about-me/" }
}""",
    "content/blog/blog.11tydata.js": 'export default { tags: ["posts"], "layout": "post.njk" };',
    "content/notes/notes.json": '{"permalink": "/n/{{ page.date | date: \'%Y/%m\' }}/'
    '{{ page.fileSlug }}/"}',
    **posts("content/blog/2020-01-01-first.md", "content/notes/a.md"),
}
ASTRO_BLOG = {
    "astro.config.mjs": """// @ts-check
import { defineConfig } from 'astro/config';
import mdx from '@astrojs/mdx';
export default defineConfig({
  site: 'https://ada.dev',
  base: '/blog',
  integrations: [mdx(), sitemap({ filter: (page) => page !== 'https://x.dev/' })],
});""",
    "src/consts.ts": "export const SITE_TITLE = 'Astro Blog';\n"
    'export const SITE_DESCRIPTION: string = "Welcome!"\n',
    "src/pages/rss.xml.js": "x",
    "src/pages/posts/[...slug].astro": "x",
    **posts("src/content/blog/a.md", "src/content/blog/b.mdx"),
}
ASTRO_PAPER = {
    "astro.config.ts": "export default defineConfig({ site: SITE.website, i18n: "
    "{ defaultLocale: 'en', locales: ['en', 'de'] } });",
    "src/config.ts": """export const SITE = {
  website: "https://paper.dev/", // replace this
  author: "Sat", profile: "https://sat.dev/", desc: "A minimal theme.", title: "AstroPaper",
  timezone: "Asia/Bangkok", lang: "en", postPerPage: 4, scheduledPostMargin: 15 * 60 * 1000,
} as const;""",
    "src/pages/robots.txt.ts": "x",
    **posts("src/content/posts/a.md", "src/pages/about.md"),
}
DOCUSAURUS = {
    "docusaurus.config.ts": """import {themes as prismThemes} from 'prism-react-renderer';
import type {Config} from '@docusaurus/types';
const config: Config = {
  title: 'My Site', tagline: 'Dinosaurs are cool', favicon: 'img/favicon.ico',
  url: 'https://dino.dev', baseUrl: '/dino/',
  i18n: { defaultLocale: 'en', locales: ['en', 'fr'] },
  presets: [['classic', {
    docs: { sidebarPath: './sidebars.ts', routeBasePath: '/' },
    blog: { showReadingTime: true, feedOptions: { type: ['rss', 'atom'], xslt: true, limit: 8 } },
    theme: { customCss: './src/css/custom.css' },
  } satisfies Preset.Options]],
  themeConfig: { navbar: { title: 'Not this', items: [{to: '/blog', label: 'Blog'}] },
    footer: { copyright: `Copyright © ${new Date().getFullYear()}` } },
};
export default config;""",
    "blog/authors.yml": "ada: {name: Ada}",
    "static/robots.txt": "",
    **posts("blog/2021-08-26-welcome/index.md", "blog/2019-05-28-first.md", "docs/intro.md",
            "docs/basics/deploy.md", "i18n/fr/docusaurus-plugin-content-docs/current/intro.md"),
}  # fmt: skip
NEXT_TAILWIND = {
    "next.config.js": "module.exports = () => plugins.reduce((a, n) => n(a), "
    "{ basePath: process.env.B })",
    "data/siteMetadata.js": """/** @type {import("pliny/config").PlinyConfig } */
const siteMetadata = {
  title: 'Next.js Starter Blog', author: 'Tails Azimuth', description: 'A blog',
  language: 'en-us', siteUrl: 'https://tails.dev', email: 'address@mail.example',
  analytics: { umamiAnalytics: { umamiWebsiteId: process.env.NEXT_UMAMI_ID } },
}
module.exports = siteMetadata""",
    "app/blog/[...slug]/page.tsx": "x",
    "app/tags/[tag]/page.tsx": "x",
    "app/robots.ts": "x",
    **posts("data/blog/a.mdx", "data/blog/nested/b.mdx", "data/authors/default.mdx"),
}
GATSBY = {
    "gatsby-config.js": "module.exports = { siteMetadata: { title: `Gatsby Starter`, author: "
    "{ name: `Kyle`, summary: `x` }, siteUrl: `https://kyle.dev/` }, plugins: [ { resolve: "
    "`gatsby-source-filesystem`, options: { path: `${__dirname}/content/blog` } } ] }",
    "package.json": '{"dependencies": {"gatsby": "5", "gatsby-plugin-feed": "5"}}',
    **posts("content/blog/hello/index.md"),
}
OBSIDIAN = {
    ".obsidian/app.json": '{"userIgnoreFilters": ["private/", "Scratch.md"]}',
    ".obsidian/templates.json": '{"folder": "Templates"}',
    **posts("Idea.md", "private/a.md", "Templates/Daily.md"),
}
PELICAN = {
    "pelicanconf.py": """
from __future__ import unicode_literals
import os
AUTHOR = 'Ada'
SITENAME = 'Ada\\'s place'
SITEURL = ''
PATH = "content"
TIMEZONE = 'Europe/Rome'
DEFAULT_LANG = 'it'
ARTICLE_URL = 'posts/{date:%Y}/{date:%b}/{date:%d}/{slug}/'
ARTICLE_SAVE_AS = ARTICLE_URL + 'index.html'
FEED_ALL_ATOM = None
CATEGORY_FEED_ATOM = None
DEFAULT_METADATA = {'status': 'draft', 'color': 'red'}
PAGE_PATHS = ['pages', 'about/us']
PLUGINS = [p for p in ()]
""",
    "publishconf.py": """
import os, sys
sys.path.append(os.curdir)
from pelicanconf import *
SITEURL = os.environ.get("SITEURL", "https://ada.dev")
RELATIVE_URLS = False
FEED_ALL_ATOM = 'feeds/all.atom.xml'
FEED_ALL_RSS = 'feeds/all.rss.xml'
""",
    "content/extra/robots.txt": "",
    **posts("content/a.md", "content/pages/about.md"),
}
NIKOLA = {
    "conf.py": """
import time
BLOG_AUTHOR = "Ada"
BLOG_TITLE = "Nikola site"
SITE_URL = "https://ada.dev/"
BLOG_EMAIL = "ada@mail.example"
DEFAULT_LANG = "en"
TRANSLATIONS = {DEFAULT_LANG: "", "es": "./es"}
POSTS = (("posts/*.rst", "posts", "post.tmpl"), ("posts/*.md", "posts", "post.tmpl"))
PAGES = (("pages/*.md", "", "page.tmpl"), ("stories/*.rst", "stories", "page.tmpl"))
TIMEZONE = "Europe/London"
CONTENT_FOOTER = 'Contents &copy; {date}'
""",
    **posts("posts/a.md", "pages/about.md", "README.md"),
}
MKDOCS = {
    "mkdocs.yml": """
site_name: Docs
site_url: !ENV [SITE_URL, 'https://docs.dev/']
site_description: All of it
theme: {name: material, language: en}
markdown_extensions:
  - pymdownx.emoji: {emoji_index: !!python/name:material.extensions.emoji.twemoji }
plugins: [search, blog, {rss: {match_path: "blog/posts/.*"}}]
""",
    **posts("docs/index.md", "docs/blog/posts/a.md"),
}
VITEPRESS = {
    "docs/.vitepress/config.mts": "import { defineConfig } from 'vitepress'\nexport default "
    'defineConfig({ title: "My Docs", lang: "en-US", base: "/docs/", cleanUrls: true, '
    "sitemap: { hostname: 'https://ada.dev' }, themeConfig: { nav: [{ text: 'x' }] } })",
    **posts("docs/guide/a.md"),
}

# fmt: off
SITES: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "hugo, a theme's yaml": (HUGO_PAPERMOD, {
        "site.url": "https://ada.dev/", "site.title": "Ada's notes",
        "site.description": "Notes on engines", "site.language": "en-GB",
        "site.author": ["Ada Lovelace", "Charles"], "content.profile": "hugo",
        "content.source": "content",
        "content.permalinks": {"posts": "/:year/:month/:slug_or_title/"}, "feeds.entries": 15,
        "paths.rss": "/index.xml", "paths.robots": False, "paths.index": False,
        "defaults": [
            {"path": "drafts", "values": {"draft": True}},
            {"path": "news", "values": {"author": "Press team", "build": {"list": "never"}}},
            {"path": "press", "values": {"author": "Press team", "build": {"list": "never"}}},
        ],
    }),
    "hugo, a folder of files": (HUGO_CONFIG_DIRECTORY, {
        "site.url": "https://ada.dev/blog/", "site.title": "Notizen",
        "site.description": "Über Maschinen", "site.language": "de-AT", "site.author": "Ada",
        "content.languages": ["de", "fr"], "content.permalinks": {"blog": "/:slug_or_name"},
    }),
    "hugo, config.toml of old": (HUGO_OLD, {
        "site.url": "https://ada.dev/", "site.title": "Old site",
        "site.copyright": "© Ada & friends", "site.author": "Ada",
        "content.permalink": "/:path/:slug_or_name.html", "feeds.entries": None,
        "paths.rss": "/feed.xml", "paths.atom": "/atom.xml", "paths.json": "/feed.json",
        "paths.robots": False, "paths.sitemap": False,
    }),
    "jekyll new": (JEKYLL_MINIMA, {
        "site.url": "https://grace.dev/blog/",
        "site.description": "Write an awesome description for your site.",
        "site.author": "Grace Hopper", "content.profile": "jekyll", "content.source": ".",
        "content.exclude": [
            "_site/*", "vendor/*", "_includes/*", "/README.md", "drafts-of-talks/*",
            "vendor/bundle/*",
        ],
        "content.permalink": None, "paths.atom": "/feed.xml", "paths.rss": "/rss.xml",
    }),
    "jekyll with collections": (JEKYLL_MISTAKES, {
        "site.language": "en-US", "site.timezone": "America/New_York",
        "content.permalink": "/:path/:slug/",
        "content.permalinks": {"_recipes": "/food/:path/:slug/", "_posts": "/:categories/:slug/"},
        "content.exclude": ["_site/*", "vendor/*", "_secrets/*"],
        "content.authors": "_data/authors.yml", "feeds.entries": 25, "paths.atom": "/atom.xml",
        "paths.rss": None, "paths.robots": False,
        "defaults": [
            {"path": "_posts", "values": {"author": "Ada"}},
            {"path": "_recipes", "values": {"sitemap": False}},
        ],
    }),
    "hexo": (HEXO_NEXT, {
        "site.url": "https://ada.dev/weblog/", "site.title": "阿达", "site.language": "zh-CN",
        "site.timezone": "Asia/Shanghai", "content.profile": "hexo", "content.source": "source",
        "content.permalinks": {"_posts": "/:year/:month/:day/:path/:name/"},
        "content.exclude": ["demo/*", "notes/raw.md"], "feeds.entries": 40,
        "paths.atom": "/atom.xml", "paths.rss": "/rss2.xml",
    }),
    "zola": (ZOLA_TABI, {
        "site.url": "https://ada.dev/", "site.author": "Ada", "content.profile": "zola",
        "content.languages": ["en", "es", "ca"], "feeds.entries": 12, "paths.atom": "/atom.xml",
        "paths.rss": "/rss.xml", "paths.robots": False,
    }),
    "eleventy-base-blog": (ELEVENTY_BASE, {
        "site.url": "https://ada.dev/", "site.title": "Eleventy Base Blog v9",
        "site.author": {"name": "Ada", "url": "https://ada.dev/about-me/"},
        "content.source": "content", "content.permalink": "/:path/:name/",
        "content.permalinks": {"notes": "/n/:year/:month/:filename/"},
        "paths.atom": "/feed/feed.xml",
        "defaults": [{"path": "blog", "values": {"tags": ["posts"]}}],
    }),
    "astro's blog starter": (ASTRO_BLOG, {
        "site.url": "https://ada.dev/blog/", "site.title": "Astro Blog",
        "site.description": "Welcome!", "content.profile": "astro", "content.source": "src/content",
        "content.permalinks": {"blog": "/posts/:below/:slug_or_name/"}, "paths.rss": "/rss.xml",
    }),
    "astro-paper": (ASTRO_PAPER, {
        "site.url": "https://paper.dev/", "site.title": "AstroPaper",
        "site.description": "A minimal theme.", "site.timezone": "Asia/Bangkok",
        "site.author": "Sat", "content.source": "src/content", "content.languages": ["en", "de"],
        "paths.robots": False,
    }),
    "docusaurus": (DOCUSAURUS, {
        "site.url": "https://dino.dev/dino/", "site.title": "My Site",
        "site.description": "Dinosaurs are cool", "content.source": ".",
        "content.include": ["blog/*.md", "blog/*.mdx", "docs/*.md", "docs/*.mdx"],
        "content.permalink": "/:path/:slug",
        "content.permalinks": {"blog": "/blog/:year/:month/:day/:slug", "docs": "/:below/:slug"},
        "content.authors": "blog/authors.yml", "feeds.entries": 8, "paths.rss": "/blog/rss.xml",
        "paths.atom": "/blog/atom.xml", "paths.json": None, "paths.robots": False,
    }),
    "next.js, tailwind starter": (NEXT_TAILWIND, {
        "site.url": "https://tails.dev/", "site.title": "Next.js Starter Blog",
        "site.language": "en-US", "content.profile": "nextjs", "content.source": "data",
        "content.permalink": "/:path/:slug_or_name",
        "content.permalinks": {"blog": "/blog/:below/:slug_or_name"},
        "content.authors": "data/authors", "content.exclude": ["authors/*"], "paths.robots": False,
    }),
    "gatsby": (GATSBY, {
        "site.url": "https://kyle.dev/", "site.title": "Gatsby Starter", "site.author": "Kyle",
        "content.profile": "nextjs", "content.source": "content/blog",
        "paths.rss": "/rss.xml",
    }),
    "obsidian": (OBSIDIAN, {
        "content.profile": "obsidian", "content.source": ".",
        "content.exclude": ["private/*", "/Scratch.md", "Templates/*"],
    }),
    "pelican": (PELICAN, {
        "site.url": "https://ada.dev/", "site.title": "Ada's place", "site.language": "it",
        "site.timezone": "Europe/Rome", "content.profile": "pelican", "content.source": "content",
        "content.permalink": "/posts/:year/:month_name/:day/:slug_or_title/",
        "content.permalinks": {"pages": "/pages/:slug_or_title.html"},
        "content.pages": ["pages", "about/us"],
        "paths.atom": "/feeds/all.atom.xml", "paths.rss": "/feeds/all.rss.xml",
        "paths.robots": False, "defaults": [{"path": "", "values": {"status": "draft"}}],
    }),
    "nikola": (NIKOLA, {
        "site.title": "Nikola site", "content.profile": "plain", "content.source": ".",
        "content.include": ["posts/*.md", "pages/*.md"], "content.pages": ["pages", "stories"],
        "content.languages": ["en", "es"],
        "paths.rss": "/rss.xml", "paths.robots": False,
    }),
    "mkdocs": (MKDOCS, {
        "site.url": None, "site.title": "Docs", "site.language": "en", "content.source": "docs",
        "content.permalink": "/:path/:name/",
        "content.permalinks": {"blog/posts": "/blog/:year/:month/:day/:slug_or_title/"},
        "paths.rss": "/feed_rss_created.xml",
    }),
    "vitepress": (VITEPRESS, {
        "site.url": "https://ada.dev/docs/", "site.language": "en-US", "content.source": "docs",
        "content.permalink": "/:path/:slug_or_name",
    }),
    "no generator": (posts("posts/a.md", "posts/b.md"), {
        "content.profile": None, "content.source": "posts", "paths.index": None,
    }),
}
# fmt: on


@pytest.mark.parametrize("name", SITES)
def test_sites(tmp_path: Path, name: str) -> None:
    files, expected = SITES[name]
    found = discover(site(tmp_path, files))
    assert found.root == tmp_path
    for setting, value in expected.items():
        table, _, key = setting.partition(".")
        held = found.settings.get(table, {})
        assert (held.get(key) if key else held) == value, setting
        if value is not None:
            assert found.origins[setting]
    text = toml(found)
    assert "mail.example" not in text
    assert ">" not in str(found.settings.get("site", {}).get("author"))
    told = loaded(found, tmp_path)
    if expected.get("site.url"):
        assert told.site.url == expected["site.url"]
        assert not [ask for ask in found.asks if ask.startswith("site.url")]
    assert told.content.source == tmp_path / found.settings["content"]["source"]
    lines = summary(found)
    assert all("\n" not in line for line in lines)
    assert "feeds check" in lines[-1]


@pytest.mark.parametrize(
    ("files", "folder", "source", "permalink"),
    [
        (HUGO_PAPERMOD, "content/posts", "content/posts", "/:year/:month/:slug_or_title/"),
        (HUGO_PAPERMOD, "content/news", "content/news", "/news/:path/:slug_or_name/"),
        (HUGO_OLD, "content/post", "content/post", "/post/:path/:slug_or_name.html"),
        (JEKYLL_MISTAKES, "_posts", "_posts", "/:categories/:slug/"),
        (HEXO_NEXT, "source/_posts", "source/_posts", "/:year/:month/:day/:path/:name/"),
        (DOCUSAURUS, "blog", "blog", "/blog/:year/:month/:day/:slug"),
        (ASTRO_BLOG, "src", "src/content", None),
        (ASTRO_BLOG, "src/content/blog", "src/content/blog", "/posts/:path/:slug_or_name/"),
    ],
)
def test_a_folder_of_content_belongs_to_the_site_above(
    tmp_path: Path, files: dict[str, str], folder: str, source: str, permalink: str | None
) -> None:
    found = discover(site(tmp_path, files) / folder)
    assert found.root == tmp_path
    assert found.settings["content"]["source"] == source
    assert found.settings["content"].get("permalink") == permalink
    loaded(found, tmp_path)


# fmt: off
HIDDEN: dict[str, tuple[dict[str, str], list[str]]] = {
    "hugo": (
        {"hugo.toml": "ignoreFiles = ['\\.foo$', '^content/secret/', '_files$', 'draft-.*\\.md$']",
         "content/": ""},
        ["secret/*", "*_files/*", "*draft-*.md"],
    ),
    "eleventy": (
        {"eleventy.config.js": "export default (c) => { c.ignores.add('src/secret/**'); // x\n"
         "  // c.ignores.add('src/shown/**')\n  c.ignores.add(`README.md`); "
         "return { dir: { input: 'src' } } }",
         ".eleventyignore": "# no\n\n/src/private/ # said\n*.draft.md\nother/a.md\n",
         "src/.eleventyignore": "hidden\n", **posts("src/posts/a.md")},
        ["secret/*", "*.draft.md", "private/*", "hidden/*", "*/hidden/*"],
    ),
    "mkdocs": (
        {"mkdocs.yml": "site_name: A\nexclude_docs: |\n  secret/\n  *.py\n  /top.md\n"
         "draft_docs: |\n  *-draft.md\n", **posts("docs/a.md")},
        ["secret/*", "*/secret/*", "/top.md", "*-draft.md"],
    ),
    "vitepress": (
        {"docs/.vitepress/config.ts": "export default { srcExclude: ['**/TODO.md', 'secret/**', "
         "'README.md', 'in/**/{a,b}.md'] }", **posts("docs/a.md")},
        ["TODO.md", "secret/*", "/README.md", "in/a.md", "in/*/a.md", "in/b.md", "in/*/b.md"],
    ),
    "zola": (
        {"config.toml": "base_url = 'https://ada.dev'\nignored_content = ['secret', '*.{xls,md}']",
         **posts("content/a.md")},
        ["secret/*", "*/secret/*", "*.md"],
    ),
    "hexo": (
        {"_config.yml": "source_dir: source\nskip_render:\nexclude: ['secret/*']\n"
         "ignore: '**/_x.md'", **posts("source/_posts/a.md")},
        ["secret/*", "_x.md"],
    ),
    "docusaurus": (
        {"docusaurus.config.js": "module.exports = { presets: [['classic', { docs: { path: './md', "
         "exclude: ['secret/**'] }, blog: { path: './blog/', exclude: ['**/*.draft.md'] } }]] }",
         **posts("blog/a.md", "md/a.md")},
        ["*.draft.md", "md/secret/*"],
    ),
    "docusaurus, a plugin": (
        {"docusaurus.config.js": "module.exports = { plugins: [['@docusaurus/plugin-content-blog', "
         "{ path: './blog', exclude: ['secret/**'] }]] }", **posts("blog/a.md")},
        ["blog/secret/*"],
    ),
    "quartz": (
        {"quartz.config.ts": "const config: QuartzConfig = { configuration: { pageTitle: 'Notes', "
         "baseUrl: 'ada.dev', ignorePatterns: ['private', 'templates', '.obsidian'] }, "
         "plugins: { filters: [Plugin.ExplicitPublish()] } }\nexport default config",
         **posts("content/a.md")},
        ["private/*", "*/private/*", "templates/*", "*/templates/*"],
    ),
}
# fmt: on


@pytest.mark.parametrize("name", HIDDEN)
def test_what_authors_hide_stays_hidden(tmp_path: Path, name: str) -> None:
    files, hidden = HIDDEN[name]
    found = discover(site(tmp_path, files))
    assert [one for one in hidden if one not in found.settings["content"]["exclude"]] == []
    assert not [one for one in found.warnings if "is not read" in one]
    assert not [one for one in found.settings["content"]["exclude"] if "shown" in one]
    loaded(found, tmp_path)


@pytest.mark.parametrize(
    ("name", "text", "warning"),
    [
        ("hugo.toml", "ignoreFiles = ['a(?!b)']", "hugo.toml: ignoreFiles: a(?!b)"),
        ("eleventy.config.js", "c.ignores.add(name)", "eleventy.config.js: ignores.add: a part"),
        ("mkdocs.yml", "exclude_docs: |\n  *\n  !a.md", "mkdocs.yml: exclude_docs: !a.md"),
        (".vitepress/config.js", "export default { srcExclude: f() }", "srcExclude: a part"),
        (".vitepress/config.js", "export default { srcExclude: ['!(a).md'] }", "!(a).md"),
    ],
)
def test_what_cannot_be_hidden_is_said(tmp_path: Path, name: str, text: str, warning: str) -> None:
    found = discover(site(tmp_path, {name: text, **posts("a.md")}))
    assert any(f"{warning} is not read" in one for one in found.warnings)


def test_docusaurus_names_folders_outside(tmp_path: Path) -> None:
    config = "module.exports = { presets: [['classic', { docs: { path: '../md' }, blog: { path: "
    files = {"docusaurus.config.js": config + "'./blog' } }]] }", **posts("blog/a.md", "docs/a.md")}
    found = discover(site(tmp_path, files))
    assert found.settings["content"]["include"] == ["blog/*.md", "blog/*.mdx"]
    assert any("../md is outside" in warning for warning in found.warnings)


@pytest.mark.parametrize(
    ("folder", "exclude"),
    [
        ("secret", ["x.md"]),
        ("posts", ["/old/*", "x.md"]),
        ("posts/old", ["x.md"]),
        ("../_example", ["x.md"]),
    ],
)
def test_a_folder_that_is_named_is_not_hidden(
    tmp_path: Path, folder: str, exclude: list[str]
) -> None:
    config = "site_name: A\nexclude_docs: |\n  /secret/\n  /posts/old/\n  x.md\n"
    names = ("docs/secret/a.md", "docs/posts/a.md", "docs/posts/old/a.md", "_example/a.md")
    site(tmp_path, {"mkdocs.yml": config, **posts(*names)})
    found = discover((tmp_path / "docs" / folder).resolve())
    assert found.settings["content"]["exclude"] == [one.lstrip("/") for one in exclude]
    loaded(found, tmp_path)


ROUTES: list[tuple[dict[str, str], str, str]] = [
    ({"astro.config.ts": "", "src/pages/posts/[slug]/index.astro": "",
      "src/pages/tags/[tag]/[...page].astro": "", **posts("src/content/blog/a.md")},
     "blog", "/posts/:below/:slug_or_name/"),
    ({"astro.config.ts": "export default { trailingSlash: 'never' }",
      "src/pages/posts/[...slug].astro": "", **posts("src/data/blog/a.md")},
     "blog", "/posts/:below/:slug_or_name"),
    ({"next.config.js": "", "src/app/(site)/posts/[slug]/page.tsx": "", **posts("content/b/a.md")},
     "b", "/posts/:below/:slug_or_name"),
    ({"next.config.js": "", "pages/posts/[slug].js": "", **posts("_posts/a.md")},
     "", "/posts/:path/:slug_or_name"),
    ({"next.config.js": "", "pages/[lang]/[slug].js": "", **posts("_posts/a.md")},
     "", "/:path/:slug_or_name"),
    ({"docs/.vuepress/config.js": "module.exports = { title: 'V', base: '/v/', lang: 'de' }",
      **posts("docs/guide/a.md")}, "", "/:path/:name.html"),
    ({".vuepress/config.ts": "", **posts("docs/a.md", "a.md")}, "", "/:path/:name.html"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "folder", "pattern"), ROUTES)
def test_routes(tmp_path: Path, files: dict[str, str], folder: str, pattern: str) -> None:
    content = discover(site(tmp_path, files)).settings["content"]
    assert (content["permalinks"][folder] if folder else content["permalink"]) == pattern


def test_the_content_is_beside_the_configuration(tmp_path: Path) -> None:
    site(tmp_path / "a", {".vuepress/config.ts": "", **posts("docs/a.md", "a.md")})
    assert discover(tmp_path / "a").settings["content"]["source"] == "."
    config = "export default { srcDir: './src' }"
    site(tmp_path / "b", {"docs/.vitepress/config.ts": config, **posts("docs/src/a.md")})
    assert discover(tmp_path / "b").settings["content"]["source"] == "docs/src"


@pytest.mark.parametrize(
    ("files", "setting", "value"),
    [
        ({".obsidian/plugins/digitalgarden/": ""}, "opt_in", "dg-publish"),
        ({".obsidian/plugins/obsidian-publish/": ""}, "opt_in", None),
        (HIDDEN["quartz"][0], "opt_in", "publish"),
        ({**MKDOCS, "docs/blog/.authors.yml": ""}, "authors", "docs/blog/.authors.yml"),
    ],
)
def test_settings_that_a_file_tells(
    tmp_path: Path, files: dict[str, str], setting: str, value: str | None
) -> None:
    assert discover(site(tmp_path, files)).settings["content"].get(setting) == value


def test_defaults_and_patterns_follow_the_folder(tmp_path: Path) -> None:
    found = discover(site(tmp_path, JEKYLL_MISTAKES) / "_posts")
    assert {"path": "", "values": {"author": "Ada"}} in found.settings["defaults"]
    found = discover(tmp_path / "_recipes")
    assert {"path": "", "values": {"sitemap": False}} in found.settings["defaults"]
    found = discover(site(tmp_path / "other", DOCUSAURUS) / "docs" / "basics")
    assert found.settings["content"]["permalink"] == "/basics/:path/:slug"
    assert "include" not in found.settings["content"]


def test_a_site_ends_at_its_repository(tmp_path: Path) -> None:
    site(tmp_path, HUGO_PAPERMOD)
    site(tmp_path / "content" / "other", posts("a.md"))
    assert discover(tmp_path / "content" / "other").generator == "plain"


@pytest.mark.parametrize(
    ("config", "source", "languages"),
    [
        ("[languages.en]\ncontentDir='content/en'\n[languages.fr]\ncontentDir='content/fr'",
         "content", ["en", "fr"]),
        ("[languages.en]\ncontentDir='content/english'\n[languages.fr]\ncontentDir='content/french'",
         "content/english", None),
        ("[languages.en]\ncontentDir='content/en'", "content/en", None),
        ("[languages.en]\n[languages.fr]\ndisabled=true", "content", None),
        ("[[module.mounts]]\nsource='text'\ntarget='content'", "text", None),
        ("contentDir='text'", "text", None),
    ],
)  # fmt: skip
def test_hugo_languages(
    tmp_path: Path, config: str, source: str, languages: list[str] | None
) -> None:
    files = posts("content/en/a.md", "content/fr/a.md", "content/english/a.md", "text/a.md")
    found = discover(site(tmp_path, {"hugo.toml": config, **files}))
    assert found.settings["content"]["source"] == source
    assert found.settings["content"].get("languages") == languages
    loaded(found, tmp_path)


@pytest.mark.parametrize(
    ("config", "permalink", "permalinks"),
    [
        ("", None, None),
        ("[frontmatter]\ndate = ['date', ':filename']\n[permalinks]\nnews = '/:slug/'",
         "/:path/:slug/", {"news": "/:slug/"}),
        ("uglyURLs = true\n[permalinks]\nnews = '/:title/'",
         "/:path/:slug_or_name.html", {"news": "/:title.html"}),
    ],
)  # fmt: skip
def test_hugo_permalinks(
    tmp_path: Path, config: str, permalink: str | None, permalinks: dict[str, str] | None
) -> None:
    files = {"hugo.toml": config, **posts("content/news/2024-01-01-a.md")}
    found = discover(site(tmp_path, files))
    assert found.settings["content"].get("permalink") == permalink
    assert found.settings["content"].get("permalinks") == permalinks


def test_a_permalink_without_counterpart_is_asked_for(tmp_path: Path) -> None:
    config = "[permalinks]\nposts = '/:weekday/:slug/'"
    found = discover(site(tmp_path, {"hugo.toml": config}))
    assert any("content.permalinks.posts: " in ask and "/:weekday/" in ask for ask in found.asks)
    assert "/:weekday/:slug/" in toml(found)
    (tmp_path / "hugo.toml").unlink()
    site(tmp_path, {"pelicanconf.py": "ARTICLE_URL = '{x}'"})
    assert '# permalink = "/:path/:slug/"  # ask: ' in toml(discover(tmp_path))


def test_eleventy_files_beside_posts(tmp_path: Path) -> None:
    files = {
        ".eleventy.js": "module.exports = (c) => ({ dir: { input: 'src' } })",
        "src/feed/feed.xml.njk": "x",
        "feed.njk": "x",
        "robots.txt.njk": "x",
        "src/posts/posts.11tydata.js": "module.exports = { permalink: (d) => d.slug }",
        **posts("src/posts/a.md"),
    }
    found = discover(site(tmp_path, files))
    assert found.settings["paths"] == {"atom": "/feed/feed.xml", "index": False, "robots": False}
    assert any("src/posts/posts.11tydata.js" in ask for ask in found.asks)


def test_starlight_is_at_the_root(tmp_path: Path) -> None:
    files = {
        "astro.config.mjs": "export default defineConfig({ site: 'https://ada.dev', "
        "trailingSlash: 'never', integrations: [starlight({ title: 'My Docs' })] })",
        **posts("src/content/docs/guides/a.mdx", "src/content/docs/index.mdx"),
    }
    found = discover(site(tmp_path, files))
    assert found.settings["site"]["title"] == "My Docs"
    assert found.settings["content"]["permalinks"] == {"docs": "/:below/:slug_or_name/"}


def test_a_vault_in_another_site_is_its_content(tmp_path: Path) -> None:
    found = discover(site(tmp_path, HUGO_PAPERMOD | {"content/.obsidian/": ""}) / "content")
    assert found.generator == "hugo"


@pytest.mark.parametrize(
    ("files", "generator"),
    [
        ({"config.toml": "[server]\nport = 1"}, "plain"),
        ({"config.yml": "baseURL: x\nparams: {}", "astro.config.mjs": "", "content/": ""}, "astro"),
        ({"_config.yml": "menu: {Home: /}\nauthor: {enable: true}", "layout/": ""}, "plain"),
        ({"_config.yml": "url: [", "_posts/": ""}, "jekyll"),
        ({"mkdocs.yml": "a: b", "package.json": '{"dependencies": {"next": "1"}}'}, "plain"),
        ({"package.json": '{"devDependencies": {"hexo": "1"}, "title": "no"}'}, "hexo"),
        ({"package.json": "[]"}, "plain"),
    ],
)
def test_the_generator_is_told_by_its_files(
    tmp_path: Path, files: dict[str, str], generator: str
) -> None:
    found = discover(site(tmp_path, files))
    assert found.generator == generator
    source = found.settings["content"].get("source")
    assert source is None or (tmp_path / source).is_dir()
    assert "title" not in found.settings.get("site", {})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("hugo.toml", "title = "),
        ("hugo.json", "[" * 50_000),
        ("hugo.yaml", "a: " + "[" * 50_000),
        ("hugo.yaml", "a: &a [1]\nb: &b [" + "*a, " * 999 + "]\nc: [" + "*b, " * 999 + "]"),
        ("hugo.yaml", "a: &a [*a, *a]"),
        ("hugo.yaml", "- a list"),
        ("hugo.toml", "#" * 1_100_000),
        ("pelicanconf.py", "SITENAME = ("),
        ("pelicanconf.py", "A = " + "-" * 100_000 + "1"),
        ("pelicanconf.py", "\0"),
        ("hugo.json", '{"title": ' + "9" * 5000 + "}"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, name: str, text: str) -> None:
    found = discover(site(tmp_path, {name: text}))
    assert any(name in warning for warning in found.warnings)
    assert any(ask.startswith("site.title") for ask in found.asks)
    loaded(found, tmp_path)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "hugo.toml")
    assert "not a plain file" in discover(tmp_path).warnings[0]


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/", "http://localhost:1313", "/", "https://your-site.dev", "ada.dev",
        "https://your-docusaurus-site.example.com", "https://[::1", "{{ url }}",
        "https://u:p@x.dev/",
    ],
)  # fmt: skip
def test_an_address_that_is_nobodys_is_asked_for(tmp_path: Path, url: str) -> None:
    found = discover(site(tmp_path, {"hugo.json": json.dumps({"baseURL": url})}))
    assert "url" not in found.settings.get("site", {})
    text = toml(found)
    assert '# url = "https://example.org/"  # ask: ' in text
    assert loaded(found, tmp_path).provisional


def test_what_must_be_run_is_asked_for(tmp_path: Path) -> None:
    config = "module.exports = { url: env.URL || 'x', title: `${t}`, tagline: 'ok' }"
    found = discover(site(tmp_path, {"docusaurus.config.js": config}))
    assert found.settings["site"] == {"description": "ok"}
    asked = "\n".join(found.asks)
    assert "site.url: docusaurus.config.js: url" in asked
    assert "site.title: docusaurus.config.js: title" in asked


def test_the_domain_is_taken_from_github(tmp_path: Path) -> None:
    found = discover(site(tmp_path, {"_config.yml": "title: A", "CNAME": "ada.dev\n"}))
    assert found.settings["site"]["url"] == "https://ada.dev/"
    assert found.origins["site.url"] == "guessed: CNAME"


def test_documents_never_share_a_path(tmp_path: Path) -> None:
    config = "FEED_ALL_ATOM = 'feed.xml'\nFEED_ALL_RSS = '/feed.xml'\nFEED_RSS = 'sitemap.xml'"
    found = discover(site(tmp_path, {"pelicanconf.py": config}))
    assert found.settings["paths"]["atom"] == "/feed.xml"
    assert found.settings["paths"]["rss"] == "/sitemap.xml"
    assert found.settings["paths"]["sitemap"] is False
    loaded(found, tmp_path)


def test_a_path_in_the_url_is_warned_of(tmp_path: Path) -> None:
    found = discover(site(tmp_path, JEKYLL_MINIMA))
    assert any("robots.txt" in warning for warning in found.warnings)


@pytest.mark.parametrize(
    ("pattern", "generator", "expected"),
    [
        ("/:year/:month/:day/:title/", "JEKYLL", "/:year/:month/:day/:slug/"),
        ("/:year/:i_month/:i_day/:title/", "JEKYLL", "/:year/:i_month/:i_day/:slug/"),
        ("/:year/W:week/:title", "JEKYLL", None),
        (":sections/:contentbasename/", "HUGO", "/:path/:name/"),
        ("/:sections[1:]/:slug", "HUGO", None),
        ("/:2006/:slug", "HUGO", None),
        ("posts/:abbrlink.html", "HEXO", "/posts/:abbrlink.html"),
        (["x"], "HUGO", None),
        ("{date:%Y}/{date:%-m}/{slug}.html", "PELICAN", "/:year/:i_month/:slug_or_title.html"),
        ("{category}/{slug}/index.html", "PELICAN", "/:category/:slug_or_title/"),
        ("{date:%B}/{slug}", "PELICAN", None),
        ("{author}/{slug}", "PELICAN", None),
        ("/blog/{{ page.fileSlug }}/index.html", "ELEVENTY", "/blog/:filename/"),
        ("{{ page.filePathStem }}.html", "ELEVENTY", "/:path/:filename.html"),
        ("/{{ title | slugify }}/", "ELEVENTY", "/:title/"),
        ("/{% if x %}a{% endif %}/", "ELEVENTY", None),
    ],
)
def test_permalinks(pattern: object, generator: str, expected: str | None) -> None:
    assert translate(pattern, getattr(permalinks, generator)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("export default { a: 'x', /* b: 'no' */ 'c-d': \"it's\", }", {"a": "x", "c-d": "it's"}),
        ("const s = {a: 'x'}\nconst t = {a: 'y'}\nmodule.exports = t", {"a": "y"}),
        ("const A: string = 'x'\nexport default {a: A, b: A + 'y'}", {"a": "x", "b": UNREAD}),
        ("export default f({ dir: { input: 'src' }, on: true, n: 12, l: ['a', \"b\"] })",
         {"dir": {"input": "src"}, "on": True, "n": 12, "l": ["a", "b"]}),
        ("module.exports = function (c) { c.add(x, { k: 'v' }); return { dir: { input: 'i' } } }",
         {"k": "v", "dir": {"input": "i"}}),
        ("export default { a: x ? 'b' : 'c', d: `e`, f: `${g}`, h: 'a\\u0041\\n' }",
         {"a": UNREAD, "d": "e", "f": UNREAD, "h": "aA "}),
        ("export default { u: 'https://x.dev/a' } // { u: 'no' }", {"u": "https://x.dev/a"}),
    ],
)  # fmt: skip
def test_scripts(text: str, expected: dict[str, Any]) -> None:
    tree = literals(text)
    assert {key: tree.get(key) for key in expected} == expected


def test_long_scripts_are_read_in_linear_time() -> None:
    for part in ("/*", "`\\", '"\\', "'", "{", "a:", "const ", "${", "[", "\\", "//"):
        literals(part * 50_000)


def test_yaml_is_read_as_its_authors_mean_it(tmp_path: Path) -> None:
    path = tmp_path / "a.yml"
    path.write_text(
        "lang: no\ntime: 1:30\nn: 010\nok: true\nnot: 'true'\ndate: 2020-01-01\nnone:\n"
        "one: &one {a: 1, b: 2}\nother: {<<: *one, b: 3}\n---\nb: 1\n"
    )
    tree = configs.read(path).tree
    assert tree.pop("other") | {"<<": ""} == {"<<": "", "a": 1, "b": 3}
    assert tree == {
        "lang": "no", "time": "1:30", "n": "010", "ok": True, "not": "true", "date": "2020-01-01",
        "none": "", "one": {"a": 1, "b": 2},
    }  # fmt: skip


KEYS = (
    "title url baseURL baseurl base_url base root author authors params permalinks permalink path "
    "uglyURLs cascade _target target values scope type defaults collections output outputs home "
    "outputFormats RSS baseName mediaType feed limit languages en contentDir module mounts source "
    "exclude include plugins dir input SITEURL ARTICLE_URL POSTS PAGES PATH DEFAULT_METADATA "
    "FEED_ALL_ATOM timezone language i18n locales presets blog docs rss page frontmatter date "
    "source_dir new_post_name skip_render generate_feeds feed_filenames feed_limit docs_dir "
    "ignoreFiles srcExclude exclude_docs ignored_content ignore ignorePatterns PAGE_PATHS srcDir"
).split()
TEXT = st.text(max_size=8) | st.sampled_from(
    "/:year/:slug/ :x .. / posts **/a.{b,c} ^a(b|c)\\.md$ ! # * https://x.dev {slug} "
    "a/* \ud800 \0".split(" ")
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS) | TEXT, inner, max_size=4)
    ),
    max_leaves=12,
)
NAMES = ("hugo.json", "_config.yml", "mkdocs.yml", "config.json", "docusaurus.config.js",
         "astro.config.mjs", ".eleventy.js", "next.config.js", "gatsby-config.js", "pelicanconf.py",
         "conf.py", ".vitepress/config.ts", ".eleventyignore", "quartz.config.ts",
         "_data/authors.json", "package.json")  # fmt: skip


@settings(max_examples=75, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.sampled_from(NAMES),
        st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=8)
        | st.text(alphabet="{}[]():,;='\"`/*\\ abc:\n-&!|%", max_size=60),
        min_size=1,
        max_size=3,
    )
)
def test_nothing_that_a_configuration_says_ends_in_an_error(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, Any]
) -> None:
    folder = tmp_path_factory.mktemp("site")
    site(folder, {"posts/a.md": POST, "_posts/2020-01-01-a.md": POST, "src/content/b/c.md": POST})
    for name, tree in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        text = tree if isinstance(tree, str) else _written(name, tree)
        (folder / name).write_bytes(text.encode("utf-8", "surrogatepass"))
    for start in (folder, folder / "posts", folder / "nowhere"):
        found = discover(start)
        loaded(found, folder)
        summary(found)
        assert all("\n" not in line for line in (*found.asks, *found.warnings))


def _written(name: str, tree: dict[str, Any]) -> str:
    if name.endswith(".py"):
        return "\n".join(f"{key} = {value!r}" for key, value in tree.items() if key.isidentifier())
    if name.endswith((".js", ".mjs", ".ts")):
        return f"export default {json.dumps(tree)}"
    return json.dumps(tree)
