"""`feeds.toml` and `FEEDS_*`: what a site says about itself, read once and checked whole."""

from __future__ import annotations

import difflib
import hashlib
import os
import re
import tomllib
import types
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from urllib.parse import quote, unquote, urljoin, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import platformdirs
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from pydantic_settings.exceptions import SettingsError as UnreadableVariable

from feeds.errors import SettingsError
from feeds.model import Author, clean, language_tag, one_line
from feeds.profiles import PERMALINK_TOKENS, PROFILES
from feeds.sites import discover

ENVIRONMENT_PREFIX = "FEEDS_"
CONFIG_VARIABLE = "FEEDS_CONFIG"
DEFAULT_URL = "http://127.0.0.1:8000/"
_LOOPBACK = re.compile(r"localhost|.*\.localhost|127(\.\d+){3}|::1|0\.0\.0\.0|::")


def _absolute_url(value: str) -> str:
    """Return the site's URL, ending in a slash: every address of this site starts with it."""
    parts = urlsplit(value.strip())
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        raise ValueError(f'"{value}" is not an absolute URL; write it as https://example.org/')
    if parts.query or parts.fragment or parts.username or re.search(r"[\s<>\"]", value):
        raise ValueError(f'"{value}" has more than scheme, host and path')
    path = quote(unquote(parts.path), safe="/~:@!$&'()*+,;=") or "/"
    return f"{parts.scheme.lower()}://{parts.netloc.lower()}{path.rstrip('/')}/"


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f'"{value}" is no time zone; write it as Europe/Berlin or UTC') from None
    return value


def _language(value: str) -> str:
    tag = language_tag(value)
    if tag is None:
        raise ValueError(f'"{value}" is no language tag; write it as en, de or pt-BR')
    return tag


def _path(value: object) -> object:
    """Return a document's path percent-decoded, as servers hand it to us; False leaves it off."""
    if value is False or value is None or value == "":
        return None
    path = unquote(value) if isinstance(value, str) else ""
    if not path.startswith("/") or path.startswith("//") or re.search(r"[?#\\\x00-\x20\x7f]", path):
        raise ValueError(f"{value!r} is no path; write it as /feed.xml, or false to leave it off")
    if {".", ".."} & set(path.split("/")):
        raise ValueError(f"{value!r} has . or .. in it")
    return path


def _authors(value: object) -> object:
    """Return one author or several, written as a name or as a table, as a list of tables."""
    found = value if isinstance(value, list) else [] if value in (None, "") else [value]
    return [{"name": item} if isinstance(item, str) else item for item in found]


def _pattern(value: str) -> str:
    unknown = set(re.findall(r":([a-z]+(?:_[a-z]+)*)", value)) - PERMALINK_TOKENS
    if value and (unknown or not value.startswith("/")):
        known = " ".join(f":{token}" for token in sorted(PERMALINK_TOKENS))
        raise ValueError(f'"{value}": a pattern starts with / and knows these tokens: {known}')
    return value


def _profile(value: str) -> str:
    if value != "auto" and value not in PROFILES:
        raise ValueError(f'"{value}" is no profile; write auto or one of: {", ".join(PROFILES)}')
    return value


def _group_path(value: str) -> str:
    if value.count("{") != 1 + value.count("{file}") or "%" in value:
        raise ValueError(f'"{value}" needs one name in braces; write it as /tags/{{tag}}/{{file}}')
    _path(value)
    return value


Text = Annotated[str, AfterValidator(one_line)]
GroupPath = Annotated[str, AfterValidator(_group_path)]
Format = Literal["rss", "atom", "json"]
Kind = Literal["tags", "sections", "authors", "languages"]
PLACES = {
    "tags": "{tag}", "sections": "{section}", "authors": "{author}", "languages": "{language}",
}  # fmt: skip
"""Kind of grouping → what stands for its name in a path."""

FILES = {"rss": "feed.xml", "atom": "atom.xml", "json": "feed.json"}
DocumentPath = Annotated[str | None, BeforeValidator(_path)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SiteAuthor(_Table):
    """Who writes where a post names nobody."""

    name: Text
    url: str | None = None


class Site(_Table):
    """`[site]`: what every document says about the site."""

    url: Annotated[str, AfterValidator(_absolute_url)] = DEFAULT_URL
    title: Text = ""
    description: Text = ""
    language: Annotated[str, AfterValidator(_language)] = "en"
    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"
    author: Annotated[tuple[SiteAuthor, ...], BeforeValidator(_authors)] = ()
    icon: str | None = None
    image: str | None = None
    copyright: Text = ""


class Content(_Table):
    """`[content]`: which files are posts, how they are read, and where their pages are.

    `profile` is a generator's name; `auto`: what the site's own configuration tells.
    """

    source: Path = Path("content")
    profile: Annotated[str, AfterValidator(_profile)] = "auto"
    permalink: Annotated[str, AfterValidator(_pattern)] = ""
    permalinks: dict[str, Annotated[str, AfterValidator(_pattern)]] = Field(default_factory=dict)
    include: tuple[str, ...] = ("*.md", "*.mdx", "*.markdown", "*.mdown", "*.mkd", "*.mkdn")
    exclude: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    opt_in: str = ""
    authors: Path | None = None
    date_order: Literal["", "dmy", "mdy"] = ""
    public_status: tuple[Annotated[str, AfterValidator(str.lower)], ...] = ()
    image_template: str = ""
    enclosure_prefix: str = ""


class Default(_Table):
    """`[[defaults]]`: front matter for all files below a folder, where they say nothing."""

    path: str = ""
    values: dict[str, Any] = Field(default_factory=dict)


class Check(_Table):
    """`[check]`: which problems `feeds check` shows."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class Feeds(_Table):
    """`[feeds]`: what a feed holds."""

    entries: int = Field(default=30, ge=1, le=1000)
    max_bytes: int = Field(default=2_000_000, ge=10_000)
    content: Literal["full", "summary"] = "full"


class Groupings(_Table):
    """`[groupings]`: feeds of the posts that have a tag, section, author or language in common.

    `formats` empty: the first of RSS, Atom and JSON Feed that the site has.
    """

    kinds: tuple[Kind, ...] = ("tags", "sections")
    formats: tuple[Format, ...] = ()
    min_posts: int = Field(default=1, ge=1)
    tags: GroupPath = "/tags/{tag}/{file}"
    sections: GroupPath = "/{section}/{file}"
    authors: GroupPath = "/authors/{author}/{file}"
    languages: GroupPath = "/languages/{language}/{file}"

    @model_validator(mode="after")
    def _paths_differ(self) -> Groupings:
        seen: dict[str, str] = {}
        for kind in self.kinds:
            pattern = getattr(self, kind)
            if PLACES[kind] not in pattern:
                raise ValueError(f'{kind} is "{pattern}", without {PLACES[kind]}')
            if len(self.formats) > 1 and "{file}" not in pattern:
                raise ValueError(f'{kind} is "{pattern}": several formats need {{file}} in it')
            other = seen.setdefault(pattern.replace(PLACES[kind], "{}"), kind)
            if other != kind:
                raise ValueError(f"{kind} and {other} have the same paths: change one")
        return self


class Paths(_Table):
    """`[paths]`: the address of every document, below `site.url`."""

    rss: DocumentPath = "/feed.xml"
    atom: DocumentPath = "/atom.xml"
    json_: DocumentPath = Field(default="/feed.json", alias="json")
    sitemap: DocumentPath = "/sitemap.xml"
    robots: DocumentPath = "/robots.txt"
    opml: DocumentPath = "/feeds.opml"
    index: DocumentPath = "/"

    def used(self) -> dict[str, str]:
        """Return format → path, of the documents that are published."""
        dumped = self.model_dump(by_alias=True)
        return {name: path for name, path in dumped.items() if path is not None}


class Sitemap(_Table):
    """`[sitemap]`: `pages` are addresses beside the posts, below `site.url` or absolute."""

    pages: tuple[str, ...] = ()


class Cache(_Table):
    """`[cache]`: seconds, as RFC 9111 and RFC 5861 use them; `memory` in MB of each worker."""

    max_age: int = Field(default=900, ge=1, le=604800)
    stale_while_revalidate: int = Field(default=600, ge=0, le=604800)
    stale_if_error: int = Field(default=86400, ge=0, le=31536000)
    memory: int = Field(default=128, ge=1)


class State(_Table):
    """`[state]`: where the ledger and the index live; None: beside the settings file."""

    path: Path | None = None


class Settings(BaseSettings):
    """All settings of one site; relative paths are resolved against the settings file."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        env_prefix=ENVIRONMENT_PREFIX,
        env_nested_delimiter="__",
        populate_by_name=False,
    )

    site: Site = Site()
    content: Content = Content()
    feeds: Feeds = Feeds()
    paths: Paths = Paths()
    groupings: Groupings = Groupings()
    aliases: dict[str, str] = Field(default_factory=dict)
    sitemap: Sitemap = Sitemap()
    defaults: tuple[Default, ...] = ()
    check: Check = Check()
    cache: Cache = Cache()
    state: State = State()

    @model_validator(mode="after")
    def _paths_differ(self) -> Settings:
        used: dict[str, str] = {"/healthz": "the health page"}
        for name, path in self.paths.used().items():
            if path in used:
                raise ValueError(f"paths.{name} is {path}, which is {used[path]} already")
            used[path] = f"paths.{name}"
        for old, new in self.aliases.items():
            if old in used:
                raise ValueError(f'aliases: "{old}" is {used[old]} already')
            if new not in self.paths.used().values() and not self._leads_to_a_group(old, new):
                raise ValueError(f'aliases: "{old}" leads to "{new}", where no document is')
            if not isinstance(_path(old), str):
                raise ValueError(f'aliases: "{old}" is no path')
        return self

    def _leads_to_a_group(self, old: str, new: str) -> bool:
        for kind in self.groupings.kinds:
            for pattern in self.group_paths(kind).values():
                before, after = pattern.split(PLACES[kind])
                one = re.fullmatch(f"{re.escape(before)}[^/]+{re.escape(after)}", new)
                named = PLACES[kind] in old or "{slug}" in old
                if pattern == new if named else one:
                    return True
        return False

    def group_paths(self, kind: str) -> dict[str, str]:
        """Return format → path of the feeds of one kind of grouping, with the name in braces."""
        if kind not in self.groupings.kinds:
            return {}
        used = self.paths.used()
        formats = self.groupings.formats or tuple(name for name in FILES if name in used)[:1]
        pattern: str = getattr(self.groupings, kind)
        files = {name: used.get(name, "").rpartition("/")[2] or FILES[name] for name in formats}
        if len({*files.values()}) < len(files):  # the site keeps them apart by their folders
            files = FILES
        return {name: pattern.replace("{file}", files[name]) for name in formats}

    @property
    def provisional(self) -> bool:
        """Tell whether the site's URL is this machine: ids made from it must not last."""
        return bool(_LOOPBACK.fullmatch(urlsplit(self.site.url).hostname or ""))

    @property
    def authors(self) -> tuple[Author, ...]:
        """Return the site's authors."""
        return tuple(
            Author(name=author.name, url=author.url and self.absolute(author.url))
            for author in self.site.author
            if author.name
        )

    @property
    def title(self) -> str:
        """Return the site's title; without one, its host's name."""
        return self.site.title or urlsplit(self.site.url).netloc

    def url(self, path: str) -> str:
        """Return the absolute URL of a percent-decoded `path` below the site's URL."""
        return self.site.url + quote(path.lstrip("/"), safe="/~:@!$&'()*+,;=-._")

    def absolute(self, reference: str) -> str:
        """Return a URL that an author wrote, resolved against the site (RFC 3986, 5.2)."""
        return urljoin(self.site.url, clean(reference).strip())


def load(
    config: Path | None = None,
    overrides: dict[str, dict[str, Any]] | None = None,
    *,
    base: Path | None = None,
    tables: dict[str, Any] | None = None,
) -> Settings:
    """Read the settings: command line over environment over file over defaults.

    Args:
        config: The settings file; None: `feeds.toml` in `base`, where there is one.
        overrides: Table → key → value, from the command line.
        base: The folder to start from; None: the current one.
        tables: What stands in place of a settings file in `base`.

    Raises:
        SettingsError: The file is missing or unreadable, or some keys or values are
            wrong; the message has one line for each.
    """
    base = base or Path.cwd()
    named = config if config is not None else base / "feeds.toml"
    table, home = tables, base if tables is not None else None
    if tables is not None:
        named = Path("settings")
    elif config is not None or named.exists():
        table, home = _read(named), named.absolute().parent
    overrides = overrides or {}
    if table is None:
        overrides, guessed = _of_the_site(overrides, base)
    sources = _layers(overrides, guessed if table is None else table)
    wrong = _misspelt(os.environ)
    try:
        settings = sources()
    except ValidationError as error:
        lines = [*_explain(error, named, table or {}), *wrong]
        raise SettingsError("\n".join(lines)) from None
    except UnreadableVariable as error:
        raise SettingsError(f"{ENVIRONMENT_PREFIX}…: {error}: lists and tables are JSON") from None
    if wrong:
        raise SettingsError("\n".join(wrong))
    return _resolve(settings, home, base)


def config_path() -> Path | None:
    """Return the settings file that the environment names."""
    named = os.environ.get(CONFIG_VARIABLE)
    return Path(named) if named else None


def _of_the_site(
    overrides: dict[str, dict[str, Any]], base: Path
) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Return the overrides, and what the site's own configuration says where no settings are.

    A folder that is the whole site stands for the folder of posts in it.
    """
    given = overrides.get("content", {}).get("source") or os.environ.get("FEEDS_CONTENT__SOURCE")
    folder = base / (given or ".")
    found = discover(folder)
    table = _usable(found.settings)
    content = dict(table.get("content", {}))
    for name in ("source", "authors"):
        if name in content:
            content[name] = found.root / content[name]
            if not content[name].exists():
                del content[name]
    if given and "source" in content and found.root.resolve() == folder.resolve():
        given_content = {**overrides.get("content", {}), "source": content["source"]}
        overrides = {**overrides, "content": given_content}
    return overrides, {**table, "content": content} if content else table


class _Alone(Settings):
    """Settings that read no environment."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return what was given, and nothing else."""
        return (init_settings,)


def _usable(table: dict[str, Any]) -> dict[str, Any]:
    """Return what of a table makes sense: a site's own configuration must not stop the start."""
    while True:
        try:
            _Alone(**table)
        except ValidationError as error:
            wrong = {str(item["loc"][0]) for item in error.errors() if item["loc"]}
            wrong &= table.keys()
            if not wrong:
                return {}
            for name in wrong:
                inner = {str(item["loc"][1]) for item in error.errors() if item["loc"][1:]}
                kept = table[name] if isinstance(table[name], dict) else {}
                left = {key: value for key, value in kept.items() if key not in inner}
                table = {key: value for key, value in table.items() if key != name}
                if left and inner & kept.keys():
                    table[name] = left
        else:
            return table


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        raise SettingsError(f"{path}: there is no such settings file") from None
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: the settings are not UTF-8") from None
    except ValueError as error:  # TOMLDecodeError, and integers of thousands of digits
        raise SettingsError(f"{path}: not TOML: {error}") from None
    except RecursionError:
        raise SettingsError(f"{path}: the settings are nested too deeply") from None


def _layers(overrides: dict[str, dict[str, Any]], table: dict[str, Any]) -> type[Settings]:
    """Return settings that read the command line, then the environment, then `table`."""

    class Layered(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return (
                InitSettingsSource(settings_cls, init_kwargs=dict(overrides)),
                EnvSettingsSource(settings_cls),
                InitSettingsSource(settings_cls, init_kwargs=table),
            )

    return Layered


def _resolve(settings: Settings, home: Path | None, base: Path) -> Settings:
    """Return `settings` with absolute paths; `home` is the settings file's folder, if any."""
    content = settings.content
    source = (home or base) / content.source
    given = content.authors and ((home or base) / content.authors).absolute()
    profile = discover(source).generator if content.profile == "auto" else content.profile
    resolved = {"source": source.absolute(), "authors": given, "profile": profile}
    if settings.state.path is not None:
        state = (home or base) / settings.state.path
    elif home is not None:
        state = home / ".feeds"
    else:
        key = hashlib.blake2b(os.fsencode(source.resolve()), digest_size=6).hexdigest()
        state = platformdirs.user_state_path("feeds") / f"{source.resolve().name}-{key}"
    return settings.model_copy(
        update={
            "content": content.model_copy(update=resolved),
            "state": State(path=state.absolute()),
        }
    )


def _explain(error: ValidationError, config: Path, table: dict[str, Any]) -> list[str]:
    """Return a line for each wrong key or value, with the nearest right key."""
    lines = []
    for item in error.errors():
        place = ".".join(str(part) for part in item["loc"] if part != "json_")
        if item["type"] == "extra_forbidden":
            first, _, rest = place.partition(".")
            inner = table.get(first)
            if first not in table or (rest and isinstance(inner, dict) and rest not in inner):
                continue  # from the environment: `_misspelt` names the variable
            lines.append(f"{config}: {place}: there is no such setting{_nearest(place)}")
        else:
            message = item["msg"].removeprefix("Value error, ")
            lines.append(f"{config}: {place}: {message}" if place else f"{config}: {message}")
    return lines


def _nearest(place: str) -> str:
    known = list(_keys(Settings))
    found = difflib.get_close_matches(place, known, 1, 0.6)
    if not found and "." in place:
        last = place.rpartition(".")[2]
        found = [key for key in known if key.rpartition(".")[2] == last][:1]
    return f"; did you mean {found[0]}?" if found else ""


def _keys(model: type[BaseModel], prefix: str = "") -> list[str]:
    """Return every settings key, dotted: `site`, `site.url`…"""
    keys = []
    for name, field in model.model_fields.items():
        key = prefix + (field.alias or name)
        keys.append(key)
        for inner in _models(field.annotation):
            if inner is not SiteAuthor:
                keys += _keys(inner, f"{key}.")
    return keys


def _models(annotation: Any) -> list[type[BaseModel]]:
    if get_origin(annotation) in (Union, types.UnionType, tuple):
        return [model for part in get_args(annotation) for model in _models(part)]
    is_model = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    return [annotation] if is_model else []


def _misspelt(environ: os._Environ[str]) -> list[str]:
    """Return a line for each `FEEDS_…` variable that means nothing."""
    known = [ENVIRONMENT_PREFIX + key.upper().replace(".", "__") for key in _keys(Settings)]
    lines = []
    for name in sorted(environ):
        upper = name.upper()
        if upper.startswith(ENVIRONMENT_PREFIX) and upper not in (*known, CONFIG_VARIABLE):
            near = difflib.get_close_matches(upper, known, 1, 0.6)
            hint = f"; did you mean {near[0]}?" if near else ""
            lines.append(f"{name}: there is no such setting{hint}")
    return lines
