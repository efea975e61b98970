"""What a site's generator means where dialects differ: data, and no code that branches on it.

A profile is found from the site's own configuration (`feeds.sites`) or named in the settings
(`content.profile`). Whatever two generators read alike is not here but in the table of keys.
"""

from __future__ import annotations

from dataclasses import dataclass

MARKDOWN = frozenset({"kramdown", "admonitions"})
"""Syntax that no plain text is mistaken for: read in every site."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How to read what is ambiguous.

    Attributes:
        space_tags: A text of tags without a comma is several words: several tags.
        comma_authors: `Ada, Grace` are two people.
        url_key: `url` is the page's own address, as `permalink` is.
        own_language: The folder of the site's own language is not in addresses.
        names: A post without a title is called by its file's name.
        bare: A file without front matter is a post.
        syntax: What bodies hold beside Markdown: `hugo` shortcodes, `liquid` (also
            Nunjucks), `hexo` tags, `zola` shortcodes, `mdx`, `wikilinks`, and `MARKDOWN`.
        underscored: Folders that begin with an underscore and hold posts; None: any may.
        bundles: Files beside an `index.md` are parts of its page.
        posts_in: Only what is below this folder is in feeds; all else is a page.
        pages: Folders of pages: in the sitemap, in no feed.
        hiding_tags: The tags `draft` and `private` hide (Nikola).
        title_case: Names become titles with capitals.
        slugs: How titles become parts of addresses: see `permalinks.SLUGS`.
        cascades: Pages of sections give front matter to what is below them.
        companions: Patterns of files that are no posts and say something about posts.
        id: How the generator made ids: `permalink`, `jekyll` or `pelican`.
        bare_slug: A `slug` stands without the date that the pattern puts before names.
        twins: `a/a.md` stands for its folder, as `a/index.md` does.
        numbered: Numbers before names (`01-intro.md`) are for sorting, and in no address.
        permalink: The pattern where the site names none.
        permalinks: The same for what is below a folder, as in `content.permalinks`.
    """

    name: str
    space_tags: bool = False
    comma_authors: bool = False
    url_key: bool = True
    own_language: bool = False
    names: bool = False
    bare: bool = True
    syntax: frozenset[str] = MARKDOWN
    underscored: frozenset[str] | None = frozenset()
    bundles: bool = False
    posts_in: str = ""
    pages: tuple[str, ...] = ()
    hiding_tags: bool = False
    title_case: bool = False
    slugs: str = "plain"
    cascades: bool = False
    companions: tuple[str, ...] = ()
    id: str = "permalink"
    bare_slug: bool = False
    twins: bool = False
    numbered: bool = False
    permalink: str = "/:path/:slug/"
    permalinks: tuple[tuple[str, str], ...] = ()


PERMALINK_TOKENS = frozenset(
    "year short_year month i_month month_name day i_day hour minute second yday title slug "
    "slug_or_title slug_or_name filename name section path below category categories lang id "
    "abbrlink".split()
)
"""What a pattern may hold: see `docs/settings.md`."""

_KEEPS_DATES = "/:path/:slug_or_name/"

PROFILES: dict[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile(
            name="plain",
            cascades=True,
            underscored=None,
            hiding_tags=True,
            syntax=MARKDOWN | {"hugo", "liquid", "mdx", "wikilinks"},
        ),
        Profile(
            name="hugo",
            bundles=True,
            slugs="hugo",
            own_language=True,
            cascades=True,
            syntax=MARKDOWN | {"hugo"},
            permalink=_KEEPS_DATES,
        ),
        Profile(
            name="jekyll",
            space_tags=True,
            names=True,
            bare=False,
            syntax=MARKDOWN | {"liquid"},
            underscored=None,
            posts_in="_posts",
            title_case=True,
            slugs="jekyll",
            id="jekyll",
            permalink="/:path/:slug.html",
            permalinks=(("_posts", "/:categories/:year/:month/:day/:slug.html"),),
        ),
        Profile(
            name="zola",
            own_language=True,
            cascades=True,
            slugs="zola",
            syntax=MARKDOWN | {"zola"},
        ),
        Profile(
            name="hexo",
            bare=False,
            syntax=MARKDOWN | {"liquid", "hexo"},
            underscored=frozenset({"_posts"}),
            posts_in="_posts",
            permalinks=(("_posts", "/:year/:month/:day/:filename/"),),
        ),
        Profile(
            name="eleventy",
            twins=True,
            cascades=True,
            companions=("*.11tydata.json",),
            syntax=MARKDOWN | {"liquid"},
        ),
        Profile(
            name="astro",
            slugs="github",
            url_key=False,
            syntax=MARKDOWN | {"mdx"},
            permalink=_KEEPS_DATES,
        ),
        Profile(name="nextjs", url_key=False, syntax=MARKDOWN | {"mdx"}, permalink=_KEEPS_DATES),
        Profile(
            name="docusaurus",
            own_language=True,
            bare_slug=True,
            numbered=True,
            twins=True,
            names=True,
            syntax=MARKDOWN | {"mdx"},
        ),
        Profile(
            name="obsidian",
            names=True,
            permalink=_KEEPS_DATES,
            syntax=MARKDOWN | {"wikilinks", "mdx"},
        ),
        Profile(
            name="pelican",
            pages=("pages",),
            slugs="ascii",
            comma_authors=True,
            bare=False,
            id="pelican",
            permalink="/:slug_or_title.html",
        ),
    )
}
