"""What only a site's own generator understands, and the Markdown that it becomes.

Each row: what it is, the syntax of the site, the text as written, the text that Markdown gets.
"""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.sources.markup import render
from feeds.sources.syntax import MORE_MARK, NAME_LINK, translate

MARKDOWN = frozenset({"kramdown", "admonitions"})
EVERY = MARKDOWN | {"hugo", "liquid", "hexo", "zola", "mdx", "wikilinks"}
PLAIN = MARKDOWN | {"hugo", "liquid", "mdx", "wikilinks"}
YOUTUBE = '<a href="https://www.youtube.com/watch?v=w7Ft2ymGmfc">YouTube video</a>'


def syntax(names: str) -> frozenset[str]:
    return {"every": EVERY, "plain": PLAIN}.get(names) or MARKDOWN | set(names.split())


SAME = [
    ("plain", "every", "# Head\n\nText *and* [link](/x) with `code`, 5 < 6 & 7 > 2.\n"),
    ("fence", "every", "```js\n{{< x >}} {% y %} {{ z }} <Tabs> $a$ [[b]] ==c== :x:\n```\n"),
    ("tildes", "every", "~~~\n:::note\n```\n{: .x}\n~~~\n"),
    ("fence-in-list", "every", "- item\n\n    ```js\n    {{< x >}}\n    ```\n"),
    ("fence-in-quote", "every", "> ```\n> {{< x >}}\n> ```\n"),
    ("fence-at-marker", "every", "- ```\n  {{< x >}}\n  ```\n"),
    ("longer", "every", "````md\n```\n{{< x >}}\n```\n{{< y >}}\n````\n"),
    ("span", "every", "Use `{{< x >}}` and ``a ` {% b %}`` and `<Tabs>`."),
    ("span-lines", "every", "Use `{{<\nx >}}` here."),
    ("indented", "every", "Text:\n\n    {{< x >}}\n\n    {% y %} <Tabs>\n\nEnd."),
    ("indented-first", "every", "    {{< x >}}\n"),
    ("tab", "every", "Text:\n\n\t{{< x >}}\n"),
    ("pre", "every", "<pre>\n{{< x >}}\n\n{% y %}\n</pre>\n"),
    ("code-element", "every", "A <code>{{ x }}</code> and <script>let a = `{{ b }}`</script>."),
    ("output-in-hugo", "hugo", "In Vue, {{ message }} and {% x %} are text."),
    ("braces-in-astro", "mdx", "A set {1, 2}, {a, b}, {id}, { }, {} and {{ x }}."),
    ("prose-import", "mdx",
     "import your data from the file\nexport it, or export default values.\n"),
    ("dollars", "every", "5 $ and 6 $, $5 and $6, US$ 7, $HOME and $PATH, $20 or 30$."),
    ("emoticons", "every",
     "Hi :) and 10:30:45, a::b, :: and :-) or :no-such-name: or http://a:b:c"),
    ("colons", "every", "Text\n\n::: \n\nmore ::: text\n\n:::\n"),
    ("unclosed-container", "every", "::: this is only a line\n"),
    ("bash", "every", "Test if [[ -f x ]] or [[ $a == b ]]; a==b and c==d."),
    ("nested-link", "every", "See [[1]](http://e.org) and [[2]].\n\n[2]: http://e.org\n"),
    ("html", "every", 'A <br> and <BR/> <Br> <a href="x">y</a> <https://e.org/:x:> <me@e.org>.'),
    ("generic", "hugo", "List<String> and <Tabs>x</Tabs>."),
    ("ids", "every", '## Head {#own}\n\nText\n{: title="t"}\n\n[a](/b){: title="t" lang="de"}\n'),
    ("elixir", "every", "Returns {:ok, value} or {:error, reason}."),
    ("percent", "every", "100% and 50%% or 20%% of it, %d and %%"),
    ("details", "mdx", "<details>\n<summary>More</summary>\n\nText\n\n</details>\n"),
    ("setext", "every", "Head\n====\n\nHead\n----\n"),
    ("url", "every", "https://e.org/a?b==c==d&e=$f$g and https://e.org/x:smile:y"),
    ("unclosed-tags", "every", "{{< x and {% y and {{ z and <A b=\"c and [[ and $x and `y"),
    ("quoted", "every", "> Some quote [!x] no callout\n"),
    ("at-sign", "every", "Mail @/x.md or a@/b or @/components"),
]  # fmt: skip

FENCES = [
    ("title", '```json title="x" {1,3}\na\n```', "```json\na\n```"),
    ("attributes", '```md {file="x"}\na\n```', "```md\na\n```"),
    ("file", "```js:file.js\na\n```", "```js\na\n```"),
    ("braced", "```{r}\na\n```", "```r\na\n```"),
    ("chunk", "```{r, echo=FALSE}\na\n```", "```r\na\n```"),
    ("class", "``` {.python .numberLines}\na\n```", "```python\na\n```"),
    ("lines", "```jsx{1,4-6}\na\n```", "```jsx\na\n```"),
    ("flag", "```js showLineNumbers\na\n```", "```js\na\n```"),
    ("only-title", '```title="a"\nb\n```', "```\nb\n```"),
    ("longer-end", "```r\na\n````\n\nx", "```r\na\n```\n\nx"),
    ("indent", "  ```r\na\n  ```", "  ```r\n  a\n  ```"),
    ("indent-end", "```r\n a\n  ```\n\nz", "```r\n a\n```\n\nz"),
    ("unclosed", "```r\nopen\n", "```r\nopen\n\n```"),
    ("mermaid", '```mermaid alt="x"\na-->b\n```', "```mermaid\na-->b\n```"),
]

ROWS = [
    # Hugo
    ("figure", "hugo", '{{< figure src="/a.png" alt="An A" caption="It is *A*" >}}',
     '<figure><img src="/a.png" alt="An A"><figcaption>It is <em>A</em></figcaption></figure>'),
    ("figure-lines", "hugo", '{{<figure\n  src="a.png"\n  alt="x"\n>}}',
     '<img src="a.png" alt="x">'),
    ("img-in-link", "hugo", '[{{< img src="a.png" alt="x" >}}](/b)',
     '[<img src="a.png" alt="x">](/b)'),
    ("youtube", "hugo", "{{< youtube w7Ft2ymGmfc >}}", YOUTUBE),
    ("tweet", "hugo", '{{< tweet user="SanDiegoZoo" id="1453110110599868418" >}}',
     '<a href="https://twitter.com/SanDiegoZoo/status/1453110110599868418">Tweet</a>'),
    ("highlight", "hugo",
     '{{< highlight go "linenos=table" >}}\nfmt.Println(`{{ x }}`)\n{{< /highlight >}}',
     "```go\nfmt.Println(`{{ x }}`)\n```"),
    ("highlight-in-list", "hugo",
     "- a\n\n  {{< highlight go >}}\n  if {\n    b\n  {{< /highlight >}}",
     "- a\n\n  \n\n  ```go\n  if {\n    b\n  ```"),
    ("ref", "hugo", '[a]({{< ref "posts/my post.md#part" >}})',
     f"[a]({NAME_LINK}posts/my%20post.md#part)"),
    ("relref", "hugo", "[a]({{% relref `/blog/x` %}})", f"[a]({NAME_LINK}blog/x)"),
    ("ref-html", "hugo", '<a href="{{< ref "x.md" >}}">a</a>', f'<a href="{NAME_LINK}x.md">a</a>'),
    ("ref-part", "hugo", '[a]({{< relref "#part" >}})', "[a](#part)"),
    ("param-in-link", "hugo", "[a]({{< param x >}}) and ![b]({{< param y >}}/c.png)!", "a and !"),
    ("escaped", "hugo", "Write {{</* figure x */>}}.", "Write {{&lt; figure x &gt;}}."),
    ("comment", "hugo", "a{{/* not this */}}b", "ab"),
    ("unknown-inner", "hugo", "{{< box >}}\n**inner**\n{{< /box >}}", "**inner**"),
    ("unknown-single", "hugo", "a {{< icon star >}} b {{< y />}} c", "a  b  c"),
    ("percent", "hugo", "{{% blocks/section %}}\ntext\n{{% /blocks/section %}}", "text"),
    ("notice", "hugo", '{{% notice tip "My title" %}}\nText\n{{% /notice %}}',
     "> **My title**\n>\n> Text"),
    ("nested", "hugo", "{{< note >}}\nA\n{{< tip >}}\nB\n{{< /tip >}}\n{{< /note >}}",
     "> **Note**\n>\n> A\n>\n>\n> > **Tip**\n> >\n> > B"),
    ("fence-in-note", "hugo", "{{< note >}}\n```\n{{ x }}\n```\n{{< /note >}}",
     "> **Note**\n>\n> ```\n> {{ x }}\n> ```"),
    # Zola
    ("zola-youtube", "zola", '{{ youtube(id="w7Ft2ymGmfc") }}', YOUTUBE),
    ("zola-end", "zola", '{% quote(author="A") %}\nText\n{% end %}', "> Text\n>\n> — A"),
    ("zola-unknown", "zola", "a {{ w(y=1) }} b\n\n{% z(a=2) %}\n*i*\n{% end %}", "a  b\n\n\n*i*"),
    ("zola-no-call", "zola", "{{ message }}", "{{ message }}"),
    ("zola-link", "", "[a](@/blog/post.md#frag)", f"[a]({NAME_LINK}blog/post.md#frag)"),
    ("zola-definition", "", "[a]: @/blog/post.md", f"[a]: {NAME_LINK}blog/post.md"),
    # Liquid
    ("liquid-highlight", "liquid",
     "{% highlight powershell linenos %}\nGet-Item `\n  x\n{% endhighlight %}\nand `code`",
     "```powershell\nGet-Item `\n  x\n```\n\n\nand `code`"),
    ("liquid-codeblock", "hexo liquid", "{% codeblock T lang:js %}\na({{ b }})\n{% endcodeblock %}",
     "```js\na({{ b }})\n```"),
    ("raw", "liquid", "{% raw %}{{ x }} {% y %}{% endraw %} {{ z }}", "{{ x }} {% y %}"),
    ("liquid-comment", "liquid", "a{% comment %}b {{ c }}{% endcomment %}d", "ad"),
    ("image-url", "liquid", "![]({{ '/images/plugins.png' | prepend: site.baseurl }})",
     "![](/images/plugins.png)"),
    ("baseurl", "liquid", "[a]({{ site.baseurl }}/b/) {{ BASE_PATH }}{{ site.url }}",
     "[a](/b/)"),
    ("asset", "liquid", '{{ "a.png" | asset_url }} {{- "x" -}}', "a.png x"),
    ("unknown-output", "liquid", "a {{ page.title | upcase }} b", "a  b"),
    ("unknown-in-link", "liquid", "[a]({{ page.x }}/b) [c](/{{ page.y }})", "a c"),
    ("image-in-link", "liquid", "[![a](/x.png)]({{ page.y }})", "![a](/x.png)"),
    ("include-figure", "liquid", '{% include figure.html src="/a.png" caption="C" alt=\'A\' %}',
     '<figure><img src="/a.png" alt="A"><figcaption>C</figcaption></figure>'),
    ("include-youtube", "liquid", "{% include youtube.html id='w7Ft2ymGmfc' %}", YOUTUBE),
    ("include-unknown", "liquid", "a {% include w.html y=1 %} b", "a  b"),
    ("post-url-base", "liquid", "[a]({{ site.baseurl }}/{% link _posts/a.md %})",
     f"[a]({NAME_LINK}_posts/a.md)"),
    ("if", "liquid", "{% if x %}\nA\n{% else %}\nB\n{% endif %}", "A\n\nB"),
    ("assign", "liquid", "{% assign a = 'b' %}\ntext", "text"),
    # Hexo
    ("asset-img", "hexo liquid", "{% asset_img a.png An image %}",
     '<img src="a.png" alt="An image">'),
    ("hexo-img", "hexo liquid", "{% img left /a.png 300 200 An image %}",
     '<img src="/a.png" alt="An image">'),
    ("post-link", "hexo liquid", "{% post_link my-post The title %}",
     f"[The title]({NAME_LINK}my-post)"),
    ("post-path", "hexo liquid", "[a]({% post_path my-post %})", f"[a]({NAME_LINK}my-post)"),
    ("blockquote", "hexo liquid",
     "{% blockquote David Levithan, Wide Awake %}\nDo it.\n{% endblockquote %}",
     "> Do it.\n>\n> — David Levithan, Wide Awake"),
    ("a tab", "admonitions", '=== "Tab A"\n\n    text', "> **Tab A**\n>\n> text"),
    ("an icon", "admonitions", "a :material-check: b", "a  b"),
    ("code of Hugo's theme", "hugo", '{{< code file="a.html" >}}\n{{ x }}\n{{< /code >}}',
     "```\n{{ x }}\n```"),
    # MDX
    ("imports", "mdx",
     "import A from './a'\nimport {\n  B,\n  C,\n} from \"@/c\";\nimport 'd.css'\n\nText", "Text"),
    ("exports", "mdx",
     "export const a = {\n  b: [1, 2],\n\n  c: () => `x`,\n};\nexport default Layout\n\nText",
     "Text"),
    ("export-component", "mdx",
     "export default ({ children }) => (\n  <div>{children}</div>\n)\n\nText", "Text"),
    ("component", "mdx",
     "<Box a=\"b\" c={{ d: 1 }} {...e}>\n    Inner **text**\n\n    - item\n</Box>",
     "Inner **text**\n\n- item"),
    ("self-closing", "mdx", "a <Button.Big x={() => <b>y</b>} /> b", "a  b"),
    ("expressions", "mdx", "a {props.title} {f(x)} {`t${x}`} {/* c */} {\" \"}{'x'} b",
     "a      x b"),
    ("declared", "mdx", "export const year = 2020\n\nIn {year} and {month}", "In  and {month}"),
    ("jsx-html", "mdx", '<div className="x" style={{ color: "red" }} id="i" onClick={f}>a</div>',
     '<div id="i">a</div>'),
    ("jsx-image", "mdx", '<img src={"/a.png"} alt="b" className="c" />',
     '<img src="/a.png" alt="b">'),
    ("mdx-image", "mdx", 'import a from "./a.png"\n\n<Image src={a} alt="The A" />', "The A"),
    ("mdx-require", "mdx", '<Image src={require("./a.png").default} alt="b"/>',
     '<img src="./a.png" alt="b">'),
    ("mdx-youtube", "mdx", '<YouTube id="w7Ft2ymGmfc" />', YOUTUBE),
    ("aside", "mdx", '<Aside type="tip" title="T">\n  Text\n  ```js\n  a\n  ```\n</Aside>',
     "> **T**\n>\n> Text\n> ```js\n> a\n> ```"),
    ("tabs", "mdx", '<Tabs>\n  <TabItem value="a" label="A">\n    Text\n  </TabItem>\n</Tabs>',
     "> **A**\n>\n> Text"),
    ("in-list", "mdx", "1. one\n\n    <Note>\n    Text\n    </Note>\n\n2. two",
     "1. one\n\n    \n\n    > **Note**\n    >\n    > Text\n\n\n\n2. two"),
    ("render-prop", "mdx", "<Foo\n  r={() => (\n    <Bar>{`}`}</Bar>\n  )}\n>\nhi\n</Foo>", "hi"),
    ("fragment", "mdx", "<>\ntext\n</>", "text"),
    ("link-card", "mdx", '<LinkCard title="T" href="/x/" description="D" />', "[T](/x/): D"),
    # kramdown
    ("toc", "", "* TOC\n{:toc}\n\nText", "Text"),
    ("toc-brackets", "", "[TOC]\n\n[[_TOC_]]\n\nText", "Text"),
    ("no-toc", "", "## Head {:.no_toc}\n{: .x}\n\nText\n{: .note .info}\n", "## Head \n\n\nText"),
    ("span-attributes", "", '[a](/b){:target="_blank"} and *c*{: .d}.', "[a](/b) and *c*."),
    ("options", "", '{::options parse_block_html="true" /}\n{::nomarkdown}a{:/}\n', "a"),
    # Callouts
    ("github", "", "> [!NOTE]\n> Text", "> **Note**\n>\n> Text"),
    ("obsidian", "", "> [!tip]- My `title`\n> Text", "> **My `title`**\n>\n> Text"),
    ("container", "", ":::note My title\nText\n:::", "> **My title**\n>\n> Text"),
    ("container-label", "", ":::note[My title]\n\nText\n\n:::", "> **My title**\n>\n> Text"),
    ("container-attributes", "", ':::caution{title="x"}\nText\n:::', "> **x**\n>\n> Text"),
    ("container-nested", "", "::::info\n:::tip\nText\n:::\n::::",
     "> **Info**\n>\n> > **Tip**\n> >\n> > Text"),
    ("zenn", "", ":::message alert\nText\n:::\n\n:::details More\nText\n:::",
     "> **Alert**\n>\n> Text\n\n<!-- -->\n\n\n\n\n\n> **More**\n>\n> Text"),
    ("alerts", "", "> [!NOTE]\n> a\n\n> [!TIP]\n> b",
     "> **Note**\n>\n> a\n\n<!-- -->\n\n> **Tip**\n>\n> b"),
    ("quarto", "", '::: {.callout-note title="T"}\nText\n:::', "> **T**\n>\n> Text"),
    ("leaf", "", '::github{repo="a/b"}', '<a href="https://github.com/a/b">GitHub</a>'),
    ("slot", "", "::: slot left\nText\n:::", "Text"),
    ("admonition", "", '!!! warning "Look"\n    Text\n\n        code {{ x }}\n\nEnd',
     "> **Look**\n>\n> Text\n>\n>     code {{ x }}\n\n\n\nEnd"),
    ("foldable", "", "??? note\n    Text", "> **Note**\n>\n> Text"),
    ("emoji", "", "Go :rocket: :+1: `:rocket:`", "Go 🚀 👍 `:rocket:`"),
    # Wikilinks
    ("wikilink-text", "wikilinks", "[[folder/My note#Head|the *text*]]",
     f"[the *text*]({NAME_LINK}folder/My%20note#Head)"),
    ("wikilink-heading", "wikilinks", "[[folder/Note#A b]]",
     f"[Note > A b]({NAME_LINK}folder/Note#A%20b)"),
    ("wiki-table", "wikilinks", "| [[Note\\|n]] | x |", f"| [n]({NAME_LINK}Note) | x |"),
    ("wiki-image", "wikilinks", "![[a b.png|600]] ![[c.png|Alt]]",
     '<img src="a%20b.png" alt="" width="600"> <img src="c.png" alt="Alt">'),
    ("wiki-embed", "wikilinks", "![[Note#Part]]", f"[Note > Part]({NAME_LINK}Note#Part)"),
    ("marked", "wikilinks", "==this [[x]]== and `==that==`",
     f"<mark>this [x]({NAME_LINK}x)</mark> and `==that==`"),
    ("remark", "wikilinks", "a %%b\n\nc%% d", "a  d"),
    # Comments and excerpts
    ("html-comment", "", "a <!-- {{< x >}} --> b", "a  b"),
    ("more", "", "One\n\n<!-- more -->\n\nTwo <!--more-->", f"One\n\n\n\n{MORE_MARK}\n\n\n\nTwo"),
    ("truncate", "mdx", "One\n{/* truncate */}\nTwo", f"One\n\n\n{MORE_MARK}\n\n\nTwo"),
    ("blank-indent", "every", "a\n    \nb {{ x }}\n\n    \n", "a\n    \nb"),
    ("not-a-literal", "liquid", "{{ 'a': 1 }}{{ '{{ x }}' }}", "{{ x }}"),
    ("unclosed", "", ":::note My title\nText", "> **My title**\n\n\nText"),
]  # fmt: skip

UNMAPPED = [
    ("hugo", "a\n {{< box x=1 >}}b{{< /box >}} {{% icon %}}", [("{{< box >}}", 2, 2),
     ("{{% icon %}}", 2, 31)]),
    ("liquid", "{% include w.html y=1 %}\n{{ page.title | x }}{% if a %}b{% endif %}",
     [("{% include w.html %}", 1, 1), ("{{ page.title }}", 2, 1), ("{% if %}", 2, 21)]),
    ("mdx", "x\n\n<Big.Box a={1}>\n  <Icon />\n</Big.Box>\n\n{props.a}",
     [("<Big.Box>", 3, 1), ("<Icon>", 4, 3), ("{props.a}", 7, 1)]),
    ("zola", '{{ w(a="b") }}', [("{{ w() }}", 1, 1)]),
    ("", ":::slot\na\n:::", [(":::slot", 1, 1)]),
    ("hugo", "`{{< box >}}` {{< youtube x >}} {{< note >}}a{{< /note >}}", []),
]  # fmt: skip


@pytest.mark.parametrize(("name", "names", "text"), SAME, ids=[row[0] for row in SAME])
def test_what_is_none_of_these_stays(name: str, names: str, text: str) -> None:
    assert translate(text, syntax(names)).text == text
    assert translate(text, syntax(names)).unmapped == ()


@pytest.mark.parametrize(("name", "text", "expected"), FENCES, ids=[row[0] for row in FENCES])
def test_fences_are_read_as_code(name: str, text: str, expected: str) -> None:
    written = translate(text, MARKDOWN).text
    assert written == expected
    rendered = render(written, "a.md", "https://example.org/a/", "a-", False, MARKDOWN).html
    assert rendered.startswith("<pre><code")
    assert "```" not in rendered


@pytest.mark.parametrize(
    ("name", "names", "text", "expected"), ROWS, ids=[f"{row[1]}-{row[0]}" for row in ROWS]
)
def test_foreign_syntax_becomes_markdown(name: str, names: str, text: str, expected: str) -> None:
    assert translate(text, syntax(names)).text.strip() == expected.strip()


@pytest.mark.parametrize(("names", "text", "expected"), UNMAPPED)
def test_what_is_lost_is_reported(
    names: str, text: str, expected: list[tuple[str, int, int]]
) -> None:
    assert list(translate(text, syntax(names)).unmapped) == expected


MATH = [
    r"Let $a_1 * b_2 * c$ and $\frac{a}{b}\\$, $x<y$, ${a}^{\{b\}}$.",
    "$$\n\\frac{50}{x_1}\n- y * z * w\n= 1 | 2\n$$",
    "| a |\n|---|\n| $x_1 y_1$ |",
]


@pytest.mark.parametrize("text", MATH)
def test_mathematics_stays_readable(text: str) -> None:
    rendered = render(
        translate(text, EVERY).text, "a.md", "https://example.org/a/", "a-", False, MARKDOWN
    )
    formulas = [
        part for n, part in enumerate(text.split("$")) if n % 2 or len(text.split("$")) == 5
    ]
    plain = rendered.html.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    for formula in formulas:
        assert formula in plain
    assert plain.count("$") == text.count("$")


HOSTILE = [
    "{{<", "{%", "<A ", "[[", "$", "`", ":::", "{{", "{", "<!--", "{{% ", "<Aa b='", "<Aa b={",
    "> [!a] ",
    "\n:::a\n", "\n\n    a", "\n```", "\n- ```a\n", "`` ` ", "{% a %}", "<Aa>", "</Aa>",
    "<Aa></Aa>",
    "{{< a >}}", "{{< /a >}}", "{:", "{: a=", "==a", "%%", "![[", "$a", "$$",
    "\nexport const a = {",
    "\nexport const a = `", "\nimport {", "\nimport a ", "import  ", "<pre>", "\n!!! a\n    ",
    "@/a", ":a:",
    "{% raw %}", "{% highlight a %}", "{{< highlight a >}}", "{a.b(", "{'", "<a b=", "(",
    "\n* a\n{:toc}",
    "{{ '", "\\", "\n> ", " ", "\n\n", "\n::a{", "](@/", "[a](/{{ x }}", "http://",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_time_is_linear(piece: str) -> None:
    text = (piece * 60_000)[:60_000]
    start = time.process_time()
    translate(text, EVERY)
    translate(f"a <Aa>\n{text}\n</Aa> {{{{< /a >}}}} >}}}} %}} }}}} }} ' \" ` --> $", EVERY)
    assert time.process_time() - start < 10


def test_deep_nesting_is_bounded() -> None:
    for opening, closing in (("<Note>\n", "</Note>\n"), ("{{< note >}}\n", "{{< /note >}}\n")):
        text = opening * 2000 + "a\n" + closing * 2000
        assert len(translate(text, EVERY).text) < 100_000
    nested = "".join(f"{' ' * 4 * depth}!!! note\n" for depth in range(100))
    assert translate(nested, EVERY).text


SIGNS = st.sampled_from(
    [*"`~$<>{}[]()%:=!@#*-_|\\/\"'ab1 \n\t", "{{<", ">}}", "{%", "%}", "{{", "}}", "</", "<Tabs>",
     "</Tabs>", "<!--", "-->", "[[", "]]", "$$", ":::", "```", "\n\n", "    ",
     "import a from 'b'\n",
     "export const a = {", "> [!NOTE]", "{:toc}", "==", "%%", "note", "\n!!! note\n    "]
)  # fmt: skip
TEXTS = st.lists(
    SIGNS | st.characters(exclude_categories=("Cs",), exclude_characters="\ufffe\uffff"),
    max_size=60,
).map("".join)


@given(TEXTS)
@settings(max_examples=400, deadline=1000)
def test_any_text_is_translated(text: str) -> None:
    for names in (EVERY, PLAIN, MARKDOWN):
        found = translate(text, names)
        lines = text.split("\n")
        for _, line, column in found.unmapped:
            assert 1 <= column <= len(lines[line - 1])


@given(TEXTS.map(lambda text: text.replace("`", "").replace("~", "")), TEXTS)
@settings(max_examples=300, deadline=1000)
def test_code_is_never_changed(code: str, after: str) -> None:
    fenced = f"```js\n{code}\n```\n\n"
    assert translate(f"Text {{{{< w >}}}}\n\n{fenced}{after}", EVERY).text.startswith(
        f"Text \n\n{fenced[:-2]}"
    )
    span = f"`x{' '.join(code.split())}x`"
    assert span in translate(f"{{{{ y }}}} {span} {{{{ z }}}}", EVERY).text
