"""The generators that are known, in the order in which they are looked for: data.

A line of `keys` is a setting and the dotted keys that may hold it; `globs`, `lines` (of a
.gitignore) and `expressions` are what the author hides (`Draft.hide`). One of `fixed` is a setting
with its value, for sites where one of the keys says something else than false (or, for
`key=value`, just that), or for all where no key is named; `keys` come first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from feeds.sites import generators, permalinks
from feeds.sites.draft import SCRIPTS, Draft

DATA = (".toml", ".yaml", ".yml", ".json")
CONFIG = ("_config.yml", "_config.yaml", "_config.toml")


def _named(*names: str, endings: tuple[str, ...] = SCRIPTS) -> tuple[str, ...]:
    return tuple(f"{name}{ending}" for name in names for ending in endings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Generator:
    """How a site made with one generator is recognised and read.

    Attributes:
        name: As people call it.
        profile: A name of `feeds.profiles.PROFILES`.
        marks: Files of which one has to be there; all that are there are read, in order,
            and those in a folder; of a name that ends in `/` nothing is read.
        package: What package.json asks for where a site has no configuration.
        accepts: Tells from the files whether it is this generator after all.
        more: Files that are read after the configuration, those that exist.
        source: Keys of the content folder.
        folders: Usual content folders; the first with Markdown counts.
        keys: See above; `{lang}` is the default language.
        fixed: See above.
        base: Keys of a path that is added to the site's URL.
        tokens: What the generator's permalink tokens are called here.
        read: Reads what depends on several keys.
        static: Folders that are published as they are.
        routes: Folders of scripts that make pages and documents.
        warning: What cannot be known.
    """

    name: str
    profile: str
    marks: tuple[str, ...] = ()
    package: str = ""
    accepts: Callable[[Draft], bool] = lambda draft: True
    more: tuple[str, ...] = ()
    source: str = ""
    folders: tuple[str, ...] = (".",)
    keys: str = ""
    fixed: str = ""
    base: str = ""
    tokens: Mapping[str, str] = field(default_factory=dict)
    read: Callable[[Draft], None] = lambda draft: None
    static: tuple[str, ...] = ("public",)
    routes: tuple[str, ...] = ()
    warning: str = ""


PLAIN_FOLDERS = ("content", "posts", "_posts", "articles", "blog", "src/posts", "notes")

AUTHORS = (
    *_named("blog/authors", "_data/authors", "data/authors", "source/_data/authors", endings=DATA),
    *(f"{folder}{name}" for folder in ("content/", "src/content/", "data/", "src/data/", "_")
      for name in ("authors", "author", "people", "team")),
)  # fmt: skip
"""Where the people behind ids are: a file, or a folder with a page for each."""

DOCUMENTS = (
    ("robots", "robots.txt"), ("robots", "robots.ts"), ("robots", "robots.js"),
    ("sitemap", "sitemap.xml"), ("sitemap", "sitemap.ts"), ("sitemap", "sitemap.js"),
    ("rss", "rss.xml"), ("rss", "feed.xml"), ("rss", "index.xml"), ("rss", "rss"), ("rss", "feed"),
    ("atom", "atom.xml"), ("atom", "feed.atom"), ("atom", "feed/feed.xml"), ("json", "feed.json"),
)  # fmt: skip
"""Documents that sites have as a file of their own, or make with a script or template."""

SCRIPTED = ("", ".js", ".ts", "/route.js", "/route.ts", ".njk", ".liquid")
"""What such a file's name ends with; a document without extension is a folder with a route."""

THEMES = (
    *_named("data/siteMetadata", "siteMetadata", "site.config", "blog.config", "src/site.config",
            "src/config", "src/consts", "src/constants", "src/site", "src/data/site",
            "src/config/site", "config/site", "lib/constants", "next-sitemap.config",
            endings=(".js", ".cjs", ".mjs", ".ts")),
    "src/config.yaml", "app/layout.tsx", "src/app/layout.tsx",
)  # fmt: skip
"""Where starters and themes of Astro and Next.js keep the site's title and address."""

THEME_KEYS = """
site.title siteMetadata.title SITE.title site.title siteConfig.title config.title SITE_TITLE \
site.name siteConfig.name metadata.title.default integrations.title metadata.title title headerTitle
site.description siteMetadata.description SITE.description SITE.desc site.description \
siteConfig.description SITE_DESCRIPTION metadata.description description
site.language siteMetadata.language siteMetadata.locale SITE.lang site.lang siteConfig.lang \
i18n.defaultLocale i18n.language SITE.locale language locale
site.timezone SITE.timezone siteConfig.timezone
site.author siteMetadata.author SITE.author site.author siteConfig.author SITE_AUTHOR author
content.languages i18n.locales
"""

PRESS_KEYS = """
site.url sitemap.hostname
site.title title locales.root.title locales./.title
site.description description locales.root.description locales./.description
site.language lang locales.root.lang locales./.lang
content.languages locales
globs srcExclude
"""

GUESSED = "addresses are guessed from where files lie: check content.permalink"

# fmt: off
GENERATORS = (
    Generator(
        name="Docusaurus", profile="docusaurus", marks=_named("docusaurus.config"),
        package="@docusaurus/core", base="baseUrl", static=("static",), read=generators.docusaurus,
        keys="""
site.url url
site.title title
site.description tagline
site.language i18n.defaultLocale
content.languages i18n.locales
feeds.entries presets.blog.feedOptions.limit plugins.blog.feedOptions.limit
""", fixed="""
content.permalink=/:path/:slug/ trailingSlash
content.permalink=/:path/:slug
"""),
    Generator(
        name="Astro", profile="astro", marks=_named("astro.config"), package="astro", base="base",
        more=THEMES, folders=("src/content", "src/data", "content", "src/blog", "src/pages"),
        routes=("src/pages",), warning=GUESSED, read=generators.routed,
        keys="site.url site site.site SITE.website SITE.url site.url siteConfig.url SITE_URL"
        + THEME_KEYS,
        fixed="""
content.permalink=/:path/:slug_or_name trailingSlash=never
content.permalinks={"docs":"/:below/:slug_or_name/"} integrations.title
"""),
    Generator(
        name="Gatsby", profile="nextjs", marks=_named("gatsby-config"), package="gatsby",
        base="pathPrefix", static=("static",), warning=GUESSED, read=generators.gatsby,
        folders=("content", "src/content", "posts", "blog", "src/posts", "src/pages"),
        keys="""
site.url siteMetadata.siteUrl siteMetadata.url
site.title siteMetadata.title
site.description siteMetadata.description
site.language siteMetadata.lang siteMetadata.language siteMetadata.locale
site.author siteMetadata.author
paths.rss plugins.options.feeds.output
""", fixed="paths.rss=/rss.xml needs.gatsby-plugin-feed"),
    Generator(
        name="Eleventy", profile="eleventy", marks=(".eleventy.js", *_named("eleventy.config")),
        package="@11ty/eleventy", base="pathPrefix", tokens=permalinks.ELEVENTY,
        read=generators.eleventy, source="dir.input config.dir.input",
        static=("public", "src/public", "static", "src/static", "src"),
        routes=(".", "src", "content"),
        more=_named(*(f"{folder}{name}" for folder in ("_data/", "src/_data/", "content/_data/")
                      for name in ("metadata", "site", "meta")), endings=SCRIPTS[:3] + DATA),
        keys="""
site.url url siteUrl site.url metadata.url baseUrl metadata.base
site.title title name site.title metadata.title
site.description description site.description metadata.description subtitle metadata.subtitle
site.language language lang locale site.language metadata.language
site.author author site.author metadata.author
paths.atom feed.path outputPath
paths.json jsonfeed.path
""", fixed="""
content.permalink=/:path/:name/
content.exclude=["_site/*","_includes/*","_data/*"]
"""),
    Generator(
        name="Next.js", profile="nextjs", marks=_named("next.config"), package="next",
        base="basePath", more=THEMES, warning=GUESSED, read=generators.routed,
        folders=("posts", "_posts", "content", "data", "src/content", "src/posts", "blog",
                 "articles", "pages", "src/pages", "app", "src/app"),
        routes=("app", "src/app", "pages", "src/pages"),
        keys="site.url siteUrl siteMetadata.siteUrl SITE_URL siteConfig.url siteConfig.siteUrl "
        "SITE.url" + THEME_KEYS,
        fixed="""
content.permalink=/:path/:slug_or_name/ trailingSlash
content.permalink=/:path/:slug_or_name
"""),
    Generator(
        name="VitePress", profile="plain", base="base", package="vitepress",
        marks=_named("docs/.vitepress/config", ".vitepress/config"), read=generators.press,
        folders=("docs", "."), static=("docs/public", "public"),
        keys=PRESS_KEYS, fixed="""
content.permalink=/:path/:slug_or_name cleanUrls
content.permalink=/:path/:slug_or_name.html
"""),
    Generator(
        name="VuePress", profile="plain", base="base", package="vuepress", read=generators.press,
        marks=_named("docs/.vuepress/config", ".vuepress/config"), folders=("docs", "."),
        static=("docs/.vuepress/public", ".vuepress/public"), keys=PRESS_KEYS,
        fixed="content.permalink=/:path/:name.html"),
    Generator(
        name="Quartz", profile="obsidian", marks=("quartz.config.ts",), folders=("content",),
        static=("quartz/static",), read=generators.quartz,
        keys="site.title configuration.pageTitle\nsite.language configuration.locale\n"
        "lines configuration.ignorePatterns",
        fixed="content.permalink=/:path/:slug_or_name\npaths.rss=/index.xml"),
    Generator(
        name="Zola", profile="zola", marks=("config.toml", "zola.toml"), static=("static",),
        accepts=lambda draft: draft.value("base_url")[0] is not None,
        folders=("content",), read=generators.zola,
        keys="""
site.url base_url
site.title title
site.description description
site.language default_language
site.author author extra.author
feeds.entries feed_limit
lines ignored_content
""", fixed="""
paths.atom=/atom.xml generate_feeds generate_feed
paths.robots=false
"""),
    Generator(
        name="Hugo", profile="hugo", accepts=generators.is_hugo, read=generators.hugo,
        static=("static",),
        marks=("config/production", "config/_default", *_named("hugo", "config", endings=DATA)),
        source="contentDir", folders=("content",), tokens=permalinks.HUGO,
        keys="""
site.url baseURL languages.{lang}.baseURL
site.title languages.{lang}.title title languages.{lang}.params.title params.title
site.description languages.{lang}.params.description params.description params.subtitle description
site.language languages.{lang}.languageCode languages.{lang}.locale languageCode locale \
defaultContentLanguage
site.timezone timeZone languages.{lang}.timeZone
site.author languages.{lang}.params.author params.author author params.authors
site.copyright copyright
feeds.entries services.rss.limit rssLimit
expressions ignoreFiles
globs module.mounts.excludeFiles
""", fixed="paths.robots=false enableRobotsTXT"),
    Generator(
        name="Pelican", profile="pelican", marks=("publishconf.py", "pelicanconf.py"),
        accepts=lambda draft: draft.exists("pelicanconf.py"), read=generators.pelican,
        static=("content", "content/extra"), source="PATH", folders=("content", "."),
        tokens=permalinks.PELICAN,
        keys="""
site.url SITEURL
site.title SITENAME
site.description SITEDESCRIPTION SITESUBTITLE
site.language DEFAULT_LANG
site.timezone TIMEZONE
site.author AUTHOR
content.permalink ARTICLE_URL ARTICLE_SAVE_AS
content.permalinks.pages PAGE_URL PAGE_SAVE_AS
globs ARTICLE_EXCLUDES
content.pages PAGE_PATHS
paths.atom FEED_ALL_ATOM FEED_ATOM
paths.rss FEED_ALL_RSS FEED_RSS
feeds.entries FEED_MAX_ITEMS
defaults DEFAULT_METADATA
""", fixed="""
content.permalinks={"pages":"/pages/:slug_or_title.html"}
paths.atom=/feeds/all.atom.xml
"""),
    Generator(
        name="Nikola", profile="plain", marks=("conf.py",), static=("files",),
        accepts=lambda draft: draft.value("BLOG_TITLE", "POSTS")[0] is not None,
        warning="what POSTS and PAGES say is not read: check content.include and permalink",
        keys="""
site.url SITE_URL BASE_URL
site.title BLOG_TITLE
site.description BLOG_DESCRIPTION
site.language DEFAULT_LANG
site.timezone TIMEZONE
site.author BLOG_AUTHOR
content.languages TRANSLATIONS
content.pages PAGES
feeds.entries FEED_LENGTH
""", fixed="""
content.include=["posts/*.md","pages/*.md"]
content.pages=["pages"]
content.permalink=/:path/:slug.html PRETTY_URLS=false
paths.rss=/rss.xml
paths.robots=false
"""),
    Generator(
        name="Hexo", profile="hexo", marks=CONFIG[:2], package="hexo", accepts=generators.is_hexo,
        base="root", static=("source",), source="source_dir", folders=("source",),
        tokens=permalinks.HEXO, read=generators.hexo,
        keys="""
site.url url
site.title title
site.description description subtitle
site.language language
site.timezone timezone
site.author author
content.permalinks._posts permalink
globs skip_render exclude ignore
paths.atom feed.path
feeds.entries feed.limit
""", fixed="""
paths.atom=/atom.xml feed needs.hexo-generator-feed
paths.robots=false robotstxt
"""),
    Generator(
        name="Jekyll", profile="jekyll", marks=CONFIG, base="baseurl", static=(".",),
        accepts=generators.is_jekyll, more=("Gemfile",), source="source", read=generators.jekyll,
        keys="""
site.url url
site.title title name
site.description description tagline
site.language lang locale default_lang
site.timezone timezone
site.author author
content.languages languages
globs exclude
paths.atom feed.path
feeds.entries feed.posts_limit
""", fixed="""
paths.atom=/feed.xml plugins.jekyll-feed gems.jekyll-feed
paths.robots=false plugins.jekyll-sitemap gems.jekyll-sitemap
feeds.content=summary feed.excerpt_only
"""),
    Generator(
        name="MkDocs", profile="plain", marks=("mkdocs.yml", "mkdocs.yaml"), static=("docs",),
        source="docs_dir", folders=("docs",),
        keys="""
site.url site_url
site.title site_name
site.description site_description
site.language theme.language theme.locale
site.author site_author
site.copyright copyright
lines exclude_docs draft_docs plugins.exclude.glob
""", fixed="""
content.permalink=/:path/:name.html use_directory_urls=false
content.permalink=/:path/:name/
content.permalinks={"blog/posts":"/blog/:year/:month/:day/:slug_or_title/"} plugins.blog \
plugins.material/blog
paths.rss=/feed_rss_created.xml plugins.rss
"""),
)
# fmt: on

VAULT = Generator(
    name="Obsidian",
    profile="obsidian",
    marks=(".obsidian/", ".obsidian/app.json", ".obsidian/templates.json"),
    read=generators.obsidian,
    keys="globs userIgnoreFilters folder",
)
PLAIN = Generator(name="", profile="plain", folders=(*PLAIN_FOLDERS, "."))
