"""Tags in braces: Hugo's and Zola's shortcodes, Liquid (Jekyll, Eleventy, Nunjucks), Hexo's tags.

gohugo.io/content-management/shortcodes, getzola.org/documentation/content/shortcodes,
shopify.github.io/liquid, jekyllrb.com/docs/liquid, hexo.io/docs/tag-plugins.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import replace

from feeds.sources.syntax.calls import Call
from feeds.sources.syntax.scanner import Scanner, Tag
from feeds.sources.syntax.shortcodes import CODE, replacement

_NAMED = re.compile(r"\s*+(/?)\s*+([\w./:-]++)\s*+")
_CALLED = re.compile(r"([A-Za-z_][\w:]*+)\((.*)\)", re.DOTALL)
_OUTPUT = re.compile(r"\{\{[^{}]*+\}\}")
_LITERAL = re.compile(r"""\{\{-?\s*+(?:"([^"\n]*+)"|'([^'\n]*+)')\s*+(?:\|[^{}\n]*?)??-?\}\}""")
_APPENDED = re.compile(r"""append:\s*(?:"([^"]*)"|'([^']*)')""")
_EMPTY = frozenset(
    """site.baseurl site.url site.base_url site.baseUrl root_url page.baseurl page.root BASE_PATH
    baseurl base_url site.github.url site.production_url metadata.url""".split()
)
"""What is the site's own address: without it, links are relative to that."""

_FILE_STEM = re.compile(r"(?:.*/)?([^/]+?)(?:\.\w+)?\Z", re.DOTALL)
_INCLUDES = frozenset({"include", "include_relative", "include_cached", "render"})
_LITERALS = frozenset({"raw", "verbatim", "comment"})


class Templates(Scanner):
    """Reads tags in braces."""

    _literal_until = 0

    def templates(self, syntax: frozenset[str]) -> list[tuple[str, Callable[[int], int]]]:
        """Return the readers of these syntaxes, by what their tags begin with."""
        liquid = "hexo" if "hexo" in syntax else "liquid"
        readers: tuple[tuple[str, str, Callable[[int], int]], ...] = (
            ("{{<", "hugo", self._hugo),
            ("{{%", "hugo", self._hugo),
            ("{{/*", "hugo", lambda pos: self.remove_through(pos, "*/}}")),
            ("{{", "zola", self._zola_call),
            ("{%", "zola", self._zola_block),
            ("{{", "liquid", self._output),
            ("{%", liquid, lambda pos: self._tag(pos, liquid)),
        )
        return [
            (prefix, self._unless_literal(reader))
            for prefix, name, reader in readers
            if name in syntax
        ]

    def _unless_literal(self, reader: Callable[[int], int]) -> Callable[[int], int]:
        return lambda pos: 0 if pos < self._literal_until else reader(pos)

    def _within(self, pos: int, closer: str, skip: int) -> tuple[str, int] | None:
        """Return the text of a tag up to `closer`, and where that ends; no tag is in another."""
        following = self.text.find(self.text[pos : pos + 2], pos + 2, self.end)
        end = self.text.find(closer, pos + skip, following if following >= 0 else self.end)
        if end < 0 or self.text.find("\n\n", pos, end) >= 0:
            return None
        return self.text[pos + skip : end], end + len(closer)

    def _hugo(self, pos: int) -> int:
        sign = self.text[pos + 2]
        closer = {"<": ">}}", "%": "%}}"}[sign]
        found = self._within(pos, closer, 3)
        if not found:
            return 0
        source, after = found
        if source.startswith("/*") and source.endswith("*/"):
            written = f"{{{{{sign}{source[2:-2]}{closer}"
            return self.put(pos, after, html.escape(written, quote=False))
        named = _NAMED.match(source)
        if not named:
            return 0
        slash, name = named.groups()
        key = f"{{{{{name}"
        if slash:
            return self.close(pos, after, key)
        rest = source[named.end() :].rstrip()
        call = Call.read(name, rest.removesuffix("/"))
        if name in CODE["hugo"]:
            ending = rf"\{{\{{[<%]\s*/\s*{re.escape(name)}\s*[%>]\}}\}}"
            return self.put_code(pos, after, key, ending, call)
        shown = f"{{{{{sign} {name} {closer}"
        key = "" if rest.endswith("/") else key
        return self.open(pos, after, Tag(key, call, replacement("hugo", name), shown))

    def _zola_call(self, pos: int) -> int:
        source, after = self._within(pos, "}}", 2) or ("", 0)
        source = source.strip()
        if source.startswith("/*") and source.endswith("*/"):
            return self.put(pos, after, f"{{{{ {source[2:-2].strip()} }}}}")
        called = _CALLED.fullmatch(source)
        if not called:
            return 0
        call, known = Call.read(*called.groups()), replacement("zola", called[1])
        return self.open(pos, after, Tag("", call, known, f"{{{{ {call.name}() }}}}"))

    def _zola_block(self, pos: int) -> int:
        source, after = self._within(pos, "%}", 2) or ("", 0)
        source = source.strip()
        if source == "end":
            return self.close(pos, after, "{%")
        called = _CALLED.fullmatch(source)
        if not called:
            return 0
        call, known = Call.read(*called.groups()), replacement("zola", called[1])
        if call.name in CODE["zola"]:
            return self.put_code(pos, after, "{%", r"\{%\s*end\s*%\}", call)
        return self.open(pos, after, Tag("{%", call, known, f"{{% {call.name}() %}}"))

    def _tag(self, pos: int, dialect: str) -> int:
        source, after = self._within(pos, "%}", 2) or ("", 0)
        source = source.strip("-+ \t\n")
        named = _NAMED.match(source)
        if not named or named[1]:
            return 0
        name, source = named[2], source[named.end() :]
        if name.startswith("end"):
            return self.close(pos, after, f"{{%{name[3:]}")
        key, ending = f"{{%{name}", rf"\{{%-?\s*end{re.escape(name)}\s*-?%\}}"
        if name in _LITERALS:
            return self._literal(pos, after, self.closing(key, ending, after), name)
        call = Call.read(name, _OUTPUT.sub(lambda output: _value(output[0]) or "", source))
        if name in CODE["liquid"] and self.closed_after(key, after):
            return self.put_code(pos, after, key, ending, call)
        if name in _INCLUDES and call.words:
            return self._include(pos, after, call, dialect)
        return self.open(pos, after, Tag(key, call, replacement(dialect, name), f"{{% {name} %}}"))

    def _literal(self, pos: int, after: int, closed: re.Match[str] | None, name: str) -> int:
        if closed and name == "comment":
            return self.remove(pos, closed.end())
        if closed:
            self._literal_until = closed.start()
        return self.put(pos, after, "")

    def _include(self, pos: int, after: int, call: Call, dialect: str) -> int:
        stem = _FILE_STEM.match(call.words[0])
        name = stem[1] if stem else ""
        included = replace(call, name=name, words=call.words[1:])
        shown = f"{{% {call.name} {call.words[0]} %}}"
        return self.open(pos, after, Tag("", included, replacement(dialect, name), shown))

    def _output(self, pos: int) -> int:
        if found := _LITERAL.match(self.text, pos, self.end):
            return self.put(pos, found.end(), _value(found[0]) or "")
        within = self._within(pos, "}}", 2)
        if not within:
            return 0
        source, after = within
        value = _value(f"{{{{{source}}}}}")
        if value is not None:
            return self.put(pos, after, value)
        return self.lose(pos, after, f"{{{{ {source.partition('|')[0].strip('- ')[:60]} }}}}")


def _value(output: str) -> str | None:
    """Return what `{{ output }}` shows where that is plain to see."""
    if found := _LITERAL.match(output):
        return found[1] or found[2] or ""
    name, _, filters = output.strip("{}- \n").partition("|")
    if name.strip() not in _EMPTY:
        return None
    appended = _APPENDED.search(filters)
    return (appended[1] or appended[2] or "") if appended else ""
