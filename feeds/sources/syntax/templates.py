"""Tags in braces: Hugo's and Zola's shortcodes, Liquid (Jekyll, Eleventy, Nunjucks), Hexo's tags.

gohugo.io/content-management/shortcodes, getzola.org/documentation/content/shortcodes,
shopify.github.io/liquid, jekyllrb.com/docs/liquid, hexo.io/docs/tag-plugins.
"""

from __future__ import annotations

import html
import re
from dataclasses import replace
from pathlib import PurePosixPath

from feeds.sources.syntax.calls import Call
from feeds.sources.syntax.scanner import Scanner, Tag
from feeds.sources.syntax.shortcodes import replacement

# A tag holds no blank line and no other tag of its kind.
HUGO = re.compile(r"(\{\{[<%])((?:(?!\{\{|[>%]\}\}|\n\n).)*+)([>%]\}\})", re.DOTALL)
ZOLA = re.compile(
    r"(\{[{%])\s*+(?:(end)|([A-Za-z_][\w:]*+)\(((?:(?!\)\s*[%}]\}|\{[{%]|\n\n).)*+)\))\s*+([%}]\})",
    re.DOTALL,
)
LIQUID = re.compile(r"\{%[-+]?\s*+([\w./:-]+)\s*+((?:(?!\{%|%\}|\n\n).)*?)\s*[-+]?%\}", re.DOTALL)
OUTPUT = re.compile(
    r"""\{\{-?\s*+(?:(["'])((?:(?!\1).)*+)\1)?+((?:(?!\{\{|\}\}|\n\n).)*+)\}\}""", re.DOTALL
)
_NAMED = re.compile(r"\s*+(/?)\s*+([\w./:-]++)\s*+(.*?)(/?)\s*\Z", re.DOTALL)
_APPENDED = re.compile(r"""append:\s*["']([^"']*)""")
_SITE = frozenset(
    """site.baseurl site.url site.base_url site.baseUrl root_url page.baseurl page.root BASE_PATH
    baseurl base_url site.github.url site.production_url metadata.url""".split()
)
"""What is the site's own address: without it, links are relative to that."""

_INCLUDES = frozenset({"include", "include_relative", "include_cached", "render"})


class Templates(Scanner):
    """Reads tags in braces."""

    _literal_until = 0

    def hugo(self, found: re.Match[str]) -> int:
        """Read `{{< name a="b" >}}` or `{{% name %}}`, its end, or one that is only shown."""
        opening, source, closing = found.groups()
        if source.startswith("/*"):
            written = opening + source.removeprefix("/*").removesuffix("*/") + closing
            return self.put(*found.span(), html.escape(written, quote=False))
        named = _NAMED.match(source)
        if not named or found.start() < self._literal_until:
            return 0
        ends, name, arguments, single = named.groups()
        if ends:
            return self.close(*found.span(), "{{" + name)
        key = "" if single else "{{" + name
        call = Call.read(name, arguments)
        shown = f"{opening} {name} {closing}"
        return self.open(*found.span(), Tag(key, call, replacement("hugo", name), shown))

    def zola(self, found: re.Match[str]) -> int:
        """Read `{{ name(a="b") }}`, `{% name() %}` or `{% end %}`."""
        opening, end, name, arguments, closing = found.groups()
        if end:
            return self.close(*found.span(), "{%")
        key = opening if opening == "{%" else ""
        call = Call.read(name, arguments)
        shown = f"{opening} {name}() {closing}"
        return self.open(*found.span(), Tag(key, call, replacement("zola", name), shown))

    def liquid(self, found: re.Match[str], dialect: str = "liquid") -> int:
        """Read `{% name a="b" %}` or its end."""
        name, source = found.groups()
        if found.start() < self._literal_until:
            return 0
        if name.startswith("end"):
            return self.close(*found.span(), f"{{%{name[3:]}")
        closed = self.closing(f"{{%{name}", found.end())
        if closed and name == "comment":
            return self.remove(found.start(), closed.end())
        if closed and name in ("raw", "verbatim"):
            self._literal_until = closed.start()
        call = Call.read(name, OUTPUT.sub(lambda output: _value(output) or "", source))
        key, shown = f"{{%{name}", f"{{% {name} %}}"
        if name in _INCLUDES and call.words:
            key, shown = "", f"{{% {name} {call.words[0]} %}}"
            call = replace(call, name=PurePosixPath(call.words[0]).stem, words=call.words[1:])
        return self.open(*found.span(), Tag(key, call, replacement(dialect, call.name), shown))

    def hexo(self, found: re.Match[str]) -> int:
        """Read one of Hexo's tags, or Nunjucks."""
        return self.liquid(found, "hexo")

    def output(self, found: re.Match[str]) -> int:
        """Read `{{ expression }}`."""
        if found.start() < self._literal_until:
            return 0
        value = _value(found)
        if value is not None:
            return self.put(*found.span(), value)
        name = " ".join(found[0].partition("|")[0].strip("{}-").split())
        return self.lose(*found.span(), f"{{{{ {name[:60]} }}}}")


def _value(output: re.Match[str]) -> str | None:
    """Return what `{{ output }}` shows where that is plain to see."""
    name, _, filters = output[3].strip("- \n").partition("|")
    if output[1] and not name:
        return output[2]
    if output[1] or name.strip() not in _SITE:
        return None
    appended = _APPENDED.search(filters)
    return appended[1] if appended else ""
