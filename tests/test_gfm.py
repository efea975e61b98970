"""Markdown that GitHub reads in one way and Python-Markdown in another."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.sources.gfm import as_python_markdown
from feeds.sources.markup import render

CASES: list[tuple[str, str, str]] = [
    ("nested by two", "- a\n  - b\n    - c\n- d",
     "<ul><li>a<ul><li>b<ul><li>c</li></ul></li></ul></li><li>d</li></ul>"),
    ("nested by three", "1. a\n   - b\n2. c",
     "<ol><li>a<ul><li>b</li></ul></li><li>c</li></ol>"),
    ("nested by four", "* a\n    * b", "<ul><li>a<ul><li>b</li></ul></li></ul>"),
    ("nested by a tab", "- a\n\t- b", "<ul><li>a<ul><li>b</li></ul></li></ul>"),
    ("after a paragraph", "text\n- a\n- b", "<p>text</p><ul><li>a</li><li>b</li></ul>"),
    ("a year is no list", "It was\n2020. Then", "<p>It was 2020. Then</p>"),
    ("a lazy line", "- a\nmore\n- b", "<ul><li>a more</li><li>b</li></ul>"),
    ("a paragraph in an item", "- a\n\n  b\n- c",
     "<ul><li><p>a</p><p>b</p></li><li><p>c</p></li></ul>"),
    ("code in an item", "- a\n\n  ```\n  x\n    y\n  ```\n- b",
     "<ul><li><p>a</p><pre><code>x\n  y</code></pre></li><li><p>b</p></li></ul>"),
    ("indented code in an item", "- a\n\n      x\n- b",
     "<ul><li><p>a</p><pre><code>x</code></pre></li><li><p>b</p></li></ul>"),
    ("a quote in an item", "- a\n  > q\n- b",
     "<ul><li><p>a</p><blockquote><p>q</p></blockquote></li><li><p>b</p></li></ul>"),
    ("a list in a quote", "> - a\n>   - b",
     "<blockquote><ul><li>a<ul><li>b</li></ul></li></ul></blockquote>"),
    ("a table after a paragraph", "text\n| a |\n|---|\n| b |",
     "<p>text</p><table><thead><tr><th>a</th></tr></thead><tbody><tr><td>b</td></tr></tbody></table>"),
    ("Markdown in details", "<details>\n<summary>s</summary>\n\n- **x**\n\n</details>",
     "<details><summary>s</summary><ul><li><strong>x</strong></li></ul></details>"),
    ("Markdown in a div", '<div class="x">\n\n**b**\n\n</div>',
     "<div><p><strong>b</strong></p></div>"),
    ("HTML in a div", "<div>\n**b**\n</div>", "<div> **b** </div>"),
    ("pre is as it is", "<pre>\n- a\n  - b\n</pre>", "<pre>- a\n  - b\n</pre>"),
    ("a fence is as it is", "```\n- a\n  - b\n```", "<pre><code>- a\n  - b</code></pre>"),
    ("a fence without blank lines", "a\n```\nx\n```\nb",
     "<p>a</p><pre><code>x</code></pre><p>b</p>"),
    ("a list after a fence", "```\nx\n```\n- a", "<pre><code>x</code></pre><ul><li>a</li></ul>"),
    ("tabs in code", "```\na\tb\n```", "<pre><code>a\tb</code></pre>"),
    ("a backslash ends a line", "a\\\nb", "<p>a<br> b</p>"),
    ("two quotes", "> a\n\n> b",
     "<blockquote><p>a</p></blockquote><blockquote><p>b</p></blockquote>"),
    ("a summary on the same line", "<details><summary>s</summary>\n\n**b**\n\n</details>",
     "<details><summary>s</summary><p><strong>b</strong></p></details>"),
    ("braces are text", "### get(key) {block}", "<h3>get(key) {block}</h3>"),
    ("words in brackets", "see <your name> here", "<p>see &lt;your name&gt; here</p>"),
    ("a tag in code", "`<b> {x}`", "<p><code>&lt;b&gt; {x}</code></p>"),
    ("a label with code", "[`a`]\n\n[`a`]: https://a.b/",
     '<p><a href="https://a.b/"><code>a</code></a></p>'),
    ("an escaped pipe", "| a |\n|---|\n| `x \\| y` |",
     "<table><thead><tr><th>a</th></tr></thead><tbody><tr><td><code>x | y</code></td></tr></tbody>"
     "</table>"),
    ("a number sign", "Fixes\n#1 and more", "<p>Fixes #1 and more</p>"),
    ("brackets after numbers", "1) a\n2) b", "<ol><li>a</li><li>b</li></ol>"),
    ("bullets below ten", "10. a\n  - b", '<ol start="10"><li>a<ul><li>b</li></ul></li></ol>'),
    ("a raw link once", 'x <a href="http://a.b/">http://a.b/</a>',
     '<p>x <a href="http://a.b/">http://a.b/</a></p>'),
    ("Markdown in code stays", "```md\n<details>\n\n- a\n```",
     "<pre><code>&lt;details&gt;\n\n- a</code></pre>"),
    ("a rule is no item", "* * *\n\n- a", "<hr><ul><li>a</li></ul>"),
]  # fmt: skip


def html(text: str) -> str:
    """Return a body's HTML without the white space between elements."""
    made = render(text, "a.md", "https://example.org/a/", "p-", False, frozenset()).html
    made = re.sub(r' (?:class|id)="[^"]*"', "", made)
    return re.sub(r"(?<=>)\s+(?=<)", "", joined(made))


def joined(made: str) -> str:
    """Join lines outside of code."""
    parts = re.split(r"(<pre>.*?</pre>)", made, flags=re.DOTALL)
    return "".join(p if p.startswith("<pre>") else re.sub(r"\n+", " ", p).strip() for p in parts)


@pytest.mark.parametrize(("text", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_as_github(text: str, expected: str) -> None:
    assert html(text) == expected


@given(st.text(alphabet="ab-*+1. \n\t>`|#<div/>", max_size=200))
def test_no_word_is_lost_and_nothing_added(text: str) -> None:
    made = as_python_markdown(text)
    made = re.sub(r' markdown="block"|<!-- -->|\\', "", made).replace("&lt;", "<")
    assert re.sub(r"\s+|>|<!", "", made) == re.sub(r"\s+|>|<!", "", text)


@given(st.text(alphabet="abc .,\n", max_size=200))
def test_plain_text_is_not_touched(text: str) -> None:
    assert as_python_markdown(text) == text
