"""A body in Markdown → HTML for readers: sanitised, every link absolute.

Runs in worker processes that may be killed: it imports what rendering needs, no more.
"""

from __future__ import annotations

import html
import posixpath
import re
import signal
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from types import FrameType
from urllib.parse import quote, unquote, urljoin, urlsplit

import markdown
import nh3

from feeds.model import clean, one_line, shorten
from feeds.sources.gfm import TAB, as_python_markdown
from feeds.sources.headings import first_heading, without
from feeds.sources.syntax import MORE_MARK, NAME_LINK, translate

CPU_SECONDS = 2.0
MAX_SUMMARY = 500
RENDERER = "5 " + " ".join(
    f"{name} {version(name)}" for name in ("markdown", "pymdown-extensions", "nh3")
)
"""Part of the key of every rendered body: another release may render differently."""

FILE_LINK = "https://file.invalid/"
"""What a link to another post's file is until documents are made (RFC 2606: never a host)."""

_EXTENSIONS = {
    "abbr": {},
    "attr_list": {},
    "def_list": {},
    "footnotes": {},
    "md_in_html": {},
    "sane_lists": {},
    "tables": {"use_align_attribute": True},
    "pymdownx.highlight": {"use_pygments": False},
    "pymdownx.magiclink": {},
    "pymdownx.superfences": {},
    "pymdownx.tasklist": {},
    "pymdownx.tilde": {"subscript": False},
}

_SCHEMES = {"http", "https", "mailto", "tel"}
_TAGS = set(
    """a abbr article aside audio b bdi bdo blockquote br caption cite code col colgroup dd del
    details dfn div dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd
    li mark ol p picture pre q rp rt ruby s samp section small source span strong sub summary sup
    table tbody td tfoot th thead time tr track u ul var video wbr""".split()
)
_ATTRIBUTES = {
    "*": {"id", "title", "lang", "dir"},
    "a": {"href", "hreflang"},
    "audio": {"src", "controls", "loop", "preload"},
    "blockquote": {"cite"},
    "code": {"class"},
    "col": {"span"},
    "colgroup": {"span"},
    "del": {"cite", "datetime"},
    "img": {"src", "srcset", "sizes", "alt", "width", "height", "loading"},
    "ins": {"cite", "datetime"},
    "ol": {"start", "reversed", "type"},
    "q": {"cite"},
    "source": {"src", "srcset", "sizes", "type", "media"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan", "scope"},
    "time": {"datetime"},
    "track": {"src", "kind", "label", "srclang", "default"},
    "video": {"src", "poster", "controls", "loop", "preload", "width", "height", "muted"},
}
# Their content is no text: it goes with them.
_WITH_CONTENT = {
    "script", "style", "iframe", "object", "embed", "template", "noscript", "svg", "math",
    "form", "select", "textarea", "button", "title",
}  # fmt: skip

_CHECKBOX = re.compile(r'<input type="checkbox" disabled( checked)?\s*/?>')
_PARAGRAPH = re.compile(r"<p(?: [^>]*)?>(.*?)</p>", re.DOTALL)
_FOOTNOTE_MARK = re.compile(r'<sup id="[^"]*fnref[^"]*">.*?</sup>', re.DOTALL)
_BLOCK_END = re.compile(r"</(?:p|h[1-6]|li|div|pre|td|th|dt|dd|figcaption)>|<br>")
_QUOTE = re.compile(r"<blockquote>.*?</blockquote>", re.DOTALL)
_LABEL = re.compile(r"<strong>[^<]*</strong>")
_ITEM = re.compile(r"<(?:li|dd|td)>(.*?)</(?:li|dd|td)>", re.DOTALL)
_CELL_CODE = re.compile(r"<t[dh][^>]*>(?:(?!</t[dh]>).)*<code>[^<]*</code>", re.DOTALL)
_EMPTY = re.compile(r"<p>\s*</p>\n?")
_ID = re.compile(r'\bid="([^"]+)"')
_POST_FILE = re.compile(r"(?i)\.(?:md|mdx|markdown|mdown|mkdn?)\Z")
_PELICAN = re.compile(r"^(?:\{|%7B|\|)(?:static|attach|filename)(?:\}|%7D|\|)")
_CANDIDATE = re.compile(r"([^\s,]\S*[^\s,]|[^\s,])((?:\s+[\d.]+[wxh])?)\s*(?:,|\Z)")


class TooSlow(Exception):
    """The body took more than `CPU_SECONDS` of processor time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A rendered body.

    Attributes:
        html: Sanitised, links absolute; empty where the body is.
        summary: What stands before the author's mark of the excerpt, else the first paragraph;
            plain text in one line.
        unmapped: Shortcodes and components that were removed: name, line and column.
    """

    html: str
    summary: str
    unmapped: tuple[tuple[str, int, int], ...] = ()


def render(
    text: str, key: str, url: str, prefix: str, has_heading: bool, syntax: frozenset[str]
) -> Body:
    """Render one body.

    Args:
        text: Markdown, as its site's generator understands it.
        key: The file's path: links to other files (`../other.md`) are relative to it.
        url: The post's own address: what relative links and `#fragments` are relative to.
        prefix: Put before every id, so that the footnotes of two posts do not clash.
        has_heading: The first heading is the post's title, and is left out.
        syntax: What `text` holds beside Markdown: see `feeds.profiles`.
    """
    text = text.replace(MORE_MARK, "").replace(TAB, "")
    if has_heading and (heading := first_heading(text)):
        text = without(text, *heading[1:])
    translated = translate(text, syntax)
    rendered = _markdown().reset().convert(as_python_markdown(translated.text))
    rendered = rendered.replace(TAB, "\t")
    if "\\|" in rendered:  # GFM, 4.10: in a table a pipe is escaped within code as well
        rendered = _CELL_CODE.sub(lambda found: found[0].replace("\\|", "|"), rendered)
    # Readers remove form fields: a task's box becomes a character.
    rendered = _CHECKBOX.sub(lambda found: "☑" if found[1] else "☐", rendered)
    safe = clean(_cleaner(rendered, key, url, prefix).clean(rendered)).strip()
    opening, mark, rest = safe.partition(MORE_MARK)
    safe = _EMPTY.sub("", opening + rest).strip()
    summary = (plain_text(opening) if mark else "") or first_paragraph(safe)
    return Body(html=safe, summary=summary, unmapped=translated.unmapped)


def render_bounded(
    text: str, key: str, url: str, prefix: str, has_heading: bool, syntax: frozenset[str]
) -> Body:
    """Render one body within `CPU_SECONDS` of this process; only in its main thread.

    Raises:
        TooSlow: It took longer. Python-Markdown backtracks without end on some input;
            Python's `re` looks for signals while it does.
    """
    before = signal.signal(signal.SIGPROF, _too_slow)
    signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
    try:
        return render(text, key, url, prefix, has_heading, syntax)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _too_slow(signum: int, frame: FrameType | None) -> None:
    raise TooSlow


def first_paragraph(safe: str) -> str:
    """Return the first paragraph that has text, cut on a word at `MAX_SUMMARY` characters.

    Callouts and quotes come second; without any paragraph it is the first item or cell.
    """
    own = _QUOTE.sub("", safe)
    for text in (own, safe):
        for found in _PARAGRAPH.finditer(text):
            if (shown := plain_text(found[1])) and not _LABEL.fullmatch(found[1]):
                return shown
    return next(filter(None, (plain_text(found[1]) for found in _ITEM.finditer(own))), "")


def plain_text(safe: str) -> str:
    """Return what readers see of HTML that nh3 has cleaned, in one line of `MAX_SUMMARY`."""
    # nh3 escapes text: without tags, what is left is text with entities.
    inner = _BLOCK_END.sub(" ", _FOOTNOTE_MARK.sub("", safe))
    return shorten(one_line(html.unescape(re.sub(r"<[^>]*>", "", inner))), MAX_SUMMARY)


@cache
def _markdown() -> markdown.Markdown:
    return markdown.Markdown(
        extensions=list(_EXTENSIONS), extension_configs=_EXTENSIONS, output_format="html"
    )


def _cleaner(rendered: str, key: str, url: str, prefix: str) -> nh3.Cleaner:
    ids = set(_ID.findall(rendered))

    def resolve(reference: str) -> str | None:
        try:
            if reference[:1] == "#" and html.unescape(reference[1:]) in ids:
                return urljoin(url, f"#{prefix}{reference[1:]}")  # a footnote of this very body
            reference = _PELICAN.sub("", reference)
            return _file_link(reference, key) or urljoin(url, reference.replace(" ", "%20"))
        except ValueError:
            return None

    def absolute(tag: str, name: str, value: str) -> str | None:
        return _srcset(value, url) if name == "srcset" else value

    return nh3.Cleaner(
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        clean_content_tags=_WITH_CONTENT,
        attribute_filter=absolute if "srcset" in rendered else None,
        url_schemes=_SCHEMES,
        url_relative=resolve,
        id_prefix=prefix,
        link_rel=None,
    )


def _file_link(reference: str, key: str) -> str | None:
    """Return a link to another post's file as `FILE_LINK` and its key, None for other links.

    Where that post is, and whether it may be seen, is known when documents are made.
    """
    parts = urlsplit(reference)
    if parts.netloc or parts.scheme or not _POST_FILE.search(parts.path):
        return None
    if parts.path.startswith("/"):  # from the root of the content, wherever that is
        return f"{NAME_LINK}{parts.path[1:]}{'#' * bool(parts.fragment)}{parts.fragment}"
    target = posixpath.normpath(posixpath.join(posixpath.dirname(key), unquote(parts.path)))
    if target.startswith("../"):
        return None
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    return f"{FILE_LINK}{quote(target, safe='/')}{fragment}"


def _srcset(value: str, url: str) -> str | None:
    """Return the candidates of a srcset with absolute URLs (HTML, 4.8.4.2.1)."""
    found = []
    for candidate in _CANDIDATE.finditer(value):
        target = urljoin(url, candidate[1])
        if urlsplit(target).scheme in ("http", "https"):
            found.append(f"{target}{' ' + candidate[2].strip() if candidate[2] else ''}")
    return ", ".join(found) or None
