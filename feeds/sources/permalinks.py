"""Where a post's page is: from a pattern, by the file's name, or as the author wrote it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from functools import lru_cache
from urllib.parse import quote, unquote

PATH_SAFE = "/~:@!$&'()*+,;=-._"
"""What stands unencoded in a path (RFC 3986, 3.3)."""

_DATED = re.compile(
    r"(?P<year>\d{4})(?P<mark>[-_])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})"
    r"(?:[-_ ]+(?P<rest>.+))?"
)
_PLUGIN = re.compile(r"i18n/([\w-]+)/docusaurus-plugin-content-(\w+)(?:/current)?(?=/|\Z)")
_FOLDERS = re.compile(r"(?:.*/)?((?:19|20)\d\d)/([01]?\d)/([0-3]?\d)(?:/.*)?")


@dataclass(frozen=True)
class Name:
    """What a file's key says.

    Attributes:
        key: The path below the content folder.
        languages: Codes that stand for a language as a suffix (`x.fr.md`) or first folder.
    """

    key: str
    languages: tuple[str, ...] = ()
    _split: tuple[str, str, str | None] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_split", self._parts())  # a cached property takes as long again

    def _parts(self) -> tuple[str, str, str | None]:
        """Folder, name without extension and language; `index.md` stands for its folder."""
        folder, _, name = self.key.rpartition("/")
        stem = name.rpartition(".")[0] or name
        stem, _, suffix = stem.rpartition(".") if self._ends(stem) else (stem, "", "")
        if plugin := _PLUGIN.match(folder):  # Docusaurus: translations of `blog` and `docs`
            folder = f"{plugin[1]}/{plugin[2]}{folder[plugin.end() :]}"
        first, _, rest = folder.partition("/")
        if not suffix and first in self.languages:
            folder, suffix = rest, first
        if stem.lower() in ("index", "readme") and folder:
            folder, _, stem = folder.rpartition("/")
        return folder, stem, suffix or None

    def _ends(self, stem: str) -> bool:
        return any(stem.endswith(f".{code}") for code in self.languages)

    @property
    def folder(self) -> str:
        """The folder, without the parts that begin with an underscore (`_posts`)."""
        folder = self._split[0]
        if "_" not in folder:
            return folder
        return "/".join(part for part in folder.split("/") if not part.startswith("_"))

    @property
    def stem(self) -> str:
        """The name without extension and language."""
        return self._split[1]

    @property
    def language(self) -> str | None:
        """The language that suffix or folder names, as it stands there."""
        return self._split[2]

    @property
    def suffixed(self) -> bool:
        """Tell whether the language is a suffix of the file's name."""
        return self._ends(self.key.rpartition(".")[0])

    @property
    def slug(self) -> str:
        """The name without its date."""
        found = _DATED.fullmatch(self.stem)
        return found["rest"] if found and found["rest"] else self.stem

    @property
    def date(self) -> str | None:
        """The date in the name, else in a path `2024/05/01/…`; as it is written there."""
        if found := _DATED.fullmatch(self.stem):
            return f"{found['year']}-{found['month']}-{found['day']}"
        return folder_date(self._split[0] + "/")

    @property
    def title(self) -> str | None:
        """The name as words, None where it has none: `my-first-post` is "My first post"."""
        words = self.slug
        if not re.search(r"[^\W\d_]", words):
            return None
        if " " not in words and re.search(r"[-_]", words):
            words = re.sub(r"[-_]+", " ", words).strip()
            return words[:1].upper() + words[1:]
        return words


named = lru_cache(maxsize=16)(Name)
"""Returns the `Name` of a key, which several ask for one after another."""


def folder_date(path: str) -> str | None:
    """Return the date that a path `/2024/05/01/slug` holds."""
    if path.count("/") < 2:
        return None
    found = _FOLDERS.fullmatch(path)
    return f"{found[1]}-{found[2]}-{found[3]}" if found else None


def slugify(text: str) -> str:
    """Return `text` as a part of a path: words in lower case, joined by hyphens."""
    kept = re.sub(r"[^\w\s-]", "", unicodedata.normalize("NFC", text).lower())
    return re.sub(r"[\s_-]+", "-", kept).strip("-")


def _ascii(text: str) -> str:
    """Return text with letters of other alphabets left as they are, accents removed."""
    parts = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    return "".join(part for part in parts if not unicodedata.combining(part))


def _hugo(text: str) -> str:
    kept = re.sub(r"[^\w\s./+~-]", "", unicodedata.normalize("NFC", text).lower())
    return re.sub(r"\s+", "-", kept.strip())


def _zola(text: str) -> str:
    parts = _ascii(text).lower().split("/")
    return "/".join(re.sub(r"[\W_]+", "-", part).strip("-") for part in parts)


def _github(text: str) -> str:
    kept = re.sub(r"[^\w\s/-]", "", unicodedata.normalize("NFC", text).lower())
    return re.sub(r"\s", "-", kept.strip())


def _jekyll(text: str) -> str:
    return re.sub(r"[^\w.~!$&'()+,;=@/-]+", "-", text)


SLUGS: dict[str, tuple[Callable[[str], str], Callable[[str], str]]] = {
    "plain": (slugify, str),
    "hugo": (_hugo, _hugo),
    "zola": (_zola, _zola),
    "github": (slugify, _github),
    "jekyll": (slugify, _jekyll),
    "ascii": (lambda text: slugify(_ascii(text)), str),
}
"""Profile.slugs → what a generator makes of titles, and of the names of files and folders."""


def pattern_for(path: str, permalinks: Mapping[str, str], default: str) -> tuple[str, str]:
    """Return the pattern of the longest folder that `path` goes through, and that folder."""
    inside = [folder for folder in permalinks if f"/{folder.strip('/')}/" in f"/{path}"]
    if not inside:
        return default, ""
    longest = max(inside, key=len)
    return permalinks[longest], longest.strip("/")


@dataclass(slots=True, kw_only=True)
class Tokens:
    """What stands for the tokens of a pattern; what has no value is left out.

    `within` is the folder whose pattern it is: `:below` is what follows it.
    """

    name: Name
    slug: str | None
    title: str | None
    categories: tuple[str, ...]
    published: int | None
    zone: tzinfo
    lang: str | None
    more: Mapping[str, str]
    within: str = ""
    slugs: str = "plain"

    def expand(self, pattern: str) -> str:
        """Return the path that `pattern` gives the post."""

        def value(found: re.Match[str]) -> str:
            token = found[1]
            if token not in _TIMES:
                return str(getattr(self, f"_{token}", None) or self.more.get(token, ""))
            if self.published is None:
                return ""
            return _TIMES[token](datetime.fromtimestamp(self.published, self.zone))

        return _SLASHES.sub("/", _TOKEN.sub(value, pattern))

    @property
    def _slug(self) -> str:
        return self.slug if self.slug is not None else self.name.slug

    @property
    def _title(self) -> str:
        return (SLUGS[self.slugs][0](self.title) if self.title else "") or self._slug

    @property
    def _slug_or_title(self) -> str:
        return self.slug if self.slug is not None else self._title

    @property
    def _slug_or_name(self) -> str:
        return self.slug if self.slug is not None else self.name.stem

    @property
    def _below(self) -> str:
        return f"/{self.name.folder}".partition(f"/{self.within}")[2] if self.within else self._path

    @property
    def _filename(self) -> str:
        return self.name.slug

    @property
    def _name(self) -> str:
        return self.name.stem

    @property
    def _path(self) -> str:
        return self.name.folder

    @property
    def _section(self) -> str:
        return self.name.folder.partition("/")[0]

    @property
    def _category(self) -> str:
        return slugify(self.categories[0]) if self.categories else ""

    @property
    def _categories(self) -> str:
        # Jekyll: the folders above `_posts` are categories.
        above = self.name.folder.split("/") if "_posts/" in f"{self.name.key}/" else []
        folded = dict.fromkeys(word.lower() for word in (*above, *self.categories) if word)
        return "/".join(folded)

    @property
    def _lang(self) -> str:
        return self.lang or ""


_TOKEN = re.compile(r":([a-z]+(?:_[a-z]+)*)")
_SLASHES = re.compile(r"/{2,}")
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_TIMES: dict[str, Callable[[datetime], str]] = {
    "year": lambda when: f"{when.year:04}",
    "short_year": lambda when: f"{when.year % 100:02}",
    "month": lambda when: f"{when.month:02}",
    "i_month": lambda when: str(when.month),
    "month_name": lambda when: _MONTHS[when.month - 1],
    "day": lambda when: f"{when.day:02}",
    "i_day": lambda when: str(when.day),
    "hour": lambda when: f"{when.hour:02}",
    "minute": lambda when: f"{when.minute:02}",
    "second": lambda when: f"{when.second:02}",
    "yday": lambda when: f"{when.timetuple().tm_yday:03}",
}


_PLAIN_PATH = re.compile(r"/?(?:[A-Za-z0-9_-][A-Za-z0-9_.-]*/)*(?:[A-Za-z0-9_-][A-Za-z0-9_.-]*)?")


def clean_path(path: str) -> str:
    """Return a path decoded, in NFC and encoded again: equal addresses are equal text.

    Raises:
        ValueError: It climbs with `..`, or holds what no path can.
    """
    if _PLAIN_PATH.fullmatch(path):
        return path if path.startswith("/") else f"/{path}"
    decoded = unicodedata.normalize("NFC", unquote(path, errors="strict"))
    if {".", ".."} & set(re.split(r"[/\\]", decoded)):
        raise ValueError(f'"{path}", which has . or .. in it')
    if re.search(r"[\\\x00-\x1f\x7f]", decoded):
        raise ValueError(f'"{path}", which has characters that no address has')
    return quote("/" + decoded.lstrip("/"), safe=PATH_SAFE)
