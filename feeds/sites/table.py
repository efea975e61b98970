"""The generators that are known, in the order in which they are looked for."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from feeds.sites import eleventy, hugo, jekyll, others, scripted
from feeds.sites.configs import Config, read
from feeds.sites.draft import Draft
from feeds.sites.places import packages

DATA = (".toml", ".yaml", ".yml", ".json")
CONFIG = ("_config.yml", "_config.yaml", "_config.toml")


def _named(*names: str, endings: tuple[str, ...] = scripted.SCRIPTS) -> tuple[str, ...]:
    return tuple(f"{name}{ending}" for name in names for ending in endings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Generator:
    """How a site made with one generator is recognised and read.

    Attributes:
        name: As people call it.
        profile: A name of `feeds.profiles.PROFILES`.
        marks: Files of which one has to be there; all that are there are read, in order,
            and those in a folder; of a name that ends in `/` nothing is read.
        read: Reads what has no counterpart in `keys`.
        keys: A line for each setting: its name in `[site]`, and the dotted keys that may
            hold it; `{lang}` is the default language.
        base: Keys of a path that is added to the site's URL.
        accepts: Tells from the files whether it is this generator after all.
        package: What package.json asks for where a site has no configuration.
        static: Folders that are published as they are.
    """

    name: str
    profile: str
    marks: tuple[str, ...] = ()
    read: Callable[[Draft], None] = lambda draft: None
    keys: str = ""
    base: str = ""
    accepts: Callable[[Draft], bool] = lambda draft: True
    package: str = ""
    static: tuple[str, ...] = ("public",)

    def draft(self, folder: Path) -> Draft | None:
        """Return a draft with the configuration in `folder`; None: it is another generator's."""
        found = [mark for mark in self.marks if os.path.exists(folder / mark)]
        if not found and not (self.package and self.package in packages(folder)):
            return None
        configs = [config for mark in found for config in _read(folder, mark)]
        draft = Draft(folder, configs, sign=next(iter(found), "package.json"))
        return draft if self.accepts(draft) else None


def _read(folder: Path, mark: str) -> list[Config]:
    """Read a file, or a folder of files: Hugo's `config/_default/params.toml`."""
    path = folder / mark
    if mark.endswith("/"):
        return []
    if not os.path.isdir(path):
        return [read(path, mark)]
    configs = []
    names = sorted(os.listdir(path)) if os.access(path, os.R_OK | os.X_OK) else []
    for name in (name for name in names if name.endswith(DATA)):
        config = read(path / name, f"{mark}/{name}")
        above = name.rpartition(".")[0].split(".")  # languages.en.toml
        tree = config.tree
        for key in reversed(above if above[0] not in ("hugo", "config") else []):
            tree = {key: tree}
        configs.append(Config(config.name, tree, config.problem))
    return configs


_THEMES = """
title siteMetadata.title SITE.title site.title siteConfig.title config.title SITE_TITLE site.name \
siteConfig.name metadata.title.default integrations.title metadata.title title headerTitle
description siteMetadata.description SITE.description SITE.desc site.description \
siteConfig.description SITE_DESCRIPTION metadata.description description
language siteMetadata.language siteMetadata.locale SITE.lang site.lang siteConfig.lang \
i18n.defaultLocale i18n.language SITE.locale language locale
timezone SITE.timezone siteConfig.timezone
author siteMetadata.author SITE.author site.author siteConfig.author SITE_AUTHOR author
"""
"""Of many themes: where Astro and Next.js sites keep what their configuration does not say."""

# fmt: off
GENERATORS = (
    Generator(
        name="Hugo", profile="hugo", read=hugo.hugo, static=("static",),
        marks=("config/production", "config/_default", *_named("hugo", "config", endings=DATA)),
        accepts=lambda draft: not others.is_zola(draft) and hugo.is_hugo(draft),
        keys="""
url baseURL languages.{lang}.baseURL
title languages.{lang}.title title languages.{lang}.params.title params.title
description languages.{lang}.params.description params.description params.subtitle description
language languages.{lang}.languageCode languages.{lang}.locale languageCode locale \
defaultContentLanguage
timezone timeZone languages.{lang}.timeZone
author languages.{lang}.params.author params.author author params.authors
copyright copyright
"""),
    Generator(
        name="Zola", profile="zola", read=others.zola, static=("static",),
        marks=("config.toml", "zola.toml"), accepts=others.is_zola,
        keys="""
url base_url
title title
description description
language default_language
author author extra.author
"""),
    Generator(
        name="Docusaurus", profile="docusaurus", read=scripted.docusaurus, static=("static",),
        marks=_named("docusaurus.config"), package="@docusaurus/core", base="baseUrl",
        keys="""
url url
title title
description tagline
language i18n.defaultLocale
"""),
    Generator(
        name="Quartz", profile="obsidian", read=scripted.quartz, marks=("quartz.config.ts",),
        keys="""
url baseURL
title configuration.pageTitle config.configuration.pageTitle
language configuration.locale config.configuration.locale
"""),
    Generator(
        name="Astro", profile="astro", read=scripted.astro, marks=_named("astro.config"),
        package="astro", base="base",
        keys=f"url site site.site SITE.website SITE.url site.url siteConfig.url SITE_URL{_THEMES}"),
    Generator(
        name="Gatsby", profile="nextjs", read=scripted.gatsby, static=("static",),
        marks=_named("gatsby-config"), package="gatsby", base="pathPrefix",
        keys="""
url siteMetadata.siteUrl siteMetadata.url
title siteMetadata.title
description siteMetadata.description
language siteMetadata.lang siteMetadata.language siteMetadata.locale
author siteMetadata.author
"""),
    Generator(
        name="Eleventy", profile="eleventy", read=eleventy.eleventy,
        marks=(".eleventy.js", *_named("eleventy.config")), package="@11ty/eleventy",
        base="pathPrefix", static=("public", "src/public", "static", "src/static", "src"),
        keys="""
url url siteUrl site.url metadata.url baseUrl metadata.base
title title name site.title metadata.title
description description site.description metadata.description subtitle metadata.subtitle
language language lang locale site.language metadata.language
author author site.author metadata.author
"""),
    Generator(
        name="Next.js", profile="nextjs", read=scripted.nextjs, marks=_named("next.config"),
        package="next", base="basePath",
        keys="url siteUrl siteMetadata.siteUrl SITE_URL siteConfig.url siteConfig.siteUrl SITE.url"
        f"{_THEMES}"),
    Generator(
        name="VitePress", profile="plain", read=scripted.vitepress, package="vitepress",
        marks=_named("docs/.vitepress/config", ".vitepress/config"), base="base",
        static=("docs/public", "public"),
        keys="""
url sitemap.hostname
title title locales.root.title
description description locales.root.description
language lang locales.root.lang
"""),
    Generator(
        name="Pelican", profile="pelican", read=others.pelican,
        marks=("publishconf.py", "pelicanconf.py"), static=("content", "content/extra"),
        accepts=lambda draft: draft.exists("pelicanconf.py"),
        keys="""
url SITEURL
title SITENAME
description SITEDESCRIPTION SITESUBTITLE
language DEFAULT_LANG
timezone TIMEZONE
author AUTHOR
"""),
    Generator(
        name="Nikola", profile="plain", read=others.nikola, marks=("conf.py",),
        accepts=others.is_nikola, static=("files",),
        keys="""
url SITE_URL BASE_URL
title BLOG_TITLE
description BLOG_DESCRIPTION
language DEFAULT_LANG
timezone TIMEZONE
author BLOG_AUTHOR
"""),
    Generator(
        name="Hexo", profile="hexo", read=jekyll.hexo, marks=CONFIG[:2], package="hexo",
        accepts=jekyll.is_hexo, base="root", static=("source",),
        keys="""
url url
title title
description description subtitle
language language
timezone timezone
author author
"""),
    Generator(
        name="Jekyll", profile="jekyll", read=jekyll.jekyll, marks=CONFIG, base="baseurl",
        static=(".",),
        keys="""
url url
title title name
description description tagline
language lang locale default_lang
timezone timezone
author author
"""),
    Generator(
        name="MkDocs", profile="plain", read=others.mkdocs, marks=("mkdocs.yml", "mkdocs.yaml"),
        static=("docs",),
        keys="""
url site_url
title site_name
description site_description
language theme.language theme.locale
author site_author
copyright copyright
"""),
)
# fmt: on

VAULT = Generator(
    name="Obsidian",
    profile="obsidian",
    marks=(".obsidian/", ".obsidian/app.json", ".obsidian/templates.json"),
    read=others.obsidian,
)
PLAIN = Generator(name="", profile="plain")
