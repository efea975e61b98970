"""Why each problem matters to readers and authors, and how to put it right."""

from __future__ import annotations

HARMS: dict[str, str] = {
    # Files.
    "F001": "What cannot be read cannot be published, and an edit that nobody sees looks like "
    "a lost one. Give the user who runs feeds the right to read the file and its folders, or "
    "repair the disk.",
    "F002": "A link that leads out of the content folder, a device or a pipe could publish "
    "what nobody meant to publish, or stop the publisher. Put a plain file in its place.",
    "F003": "A post of this size would make the feed too large for every reader. Images and "
    "other attachments belong in files of their own: link to them.",
    "F004": "Read as anything but UTF-8, accents and quotes become mojibake in all readers, and "
    "a guess at the encoding is often wrong. Save the file as UTF-8; an editor calls it "
    '"Encoding", or use `iconv -f WINDOWS-1252 -t UTF-8`.',
    "F005": "Templates, partials and files like README are no posts, and are left out. If it "
    "is a post, give it a name without a leading underscore, outside folders of templates.",
    "F006": "The post is in no feed, as its front matter says. It is listed so that no one "
    "wonders why it does not appear; remove the line, for instance `draft: true`, to publish it.",
    # Front matter.
    "F010": "Without its closing line no one can tell where the front matter ends: a "
    "`draft: true` would become text of the post, and be published. Write --- (for TOML +++) on "
    "a line of its own below the last key.",
    "F011": "Front matter that cannot be read may say `draft: true`, so nothing of the file is "
    "published. Most often a value contains a colon, a # or a quote: put it between quotes.",
    "F012": "A list or a single word has no title and no date. Write one key and its value on "
    "each line: `title: Hello`.",
    "F013": "Front matter is read for all posts at once, and one of this size slows everything "
    "down. Move the text into the body, or into a file that the post links to.",
    "F014": "Values nested this deeply have stopped programs that read them, and no field of a "
    "post needs it. Write lists and mappings with fewer levels.",
    "F015": "An alias can stand for gigabytes, and a tag for a program; neither is read from "
    "files that others may have written. Write the value itself out.",
    "F016": "Only the last of two equal keys counts, so an edit of the first one changes "
    "nothing: a date or a title stays wrong for readers. Keep one of them.",
    "F017": "Without front matter a post has neither date nor title of its own, so it appears "
    "in no feed. Put `title` and `date` between two lines of --- at the top.",
    "F018": "The file made the reader itself fail; all others are published. Please report "
    "it with the file, and try with half of its text to find the line.",
    "F019": "This format of front matter is not read, and to publish it as text could show "
    "what is a draft. Write it as YAML between two lines of ---.",
    # Fields.
    "F020": "A date or a state that cannot be read may mean that the post must not be seen yet, "
    "so it is not published. Write dates as 2024-05-01 or 2024-05-01T10:00:00+02:00, and states "
    "as `draft: true` or `draft: false`.",
    "F021": "The field is left out: readers do not see the image, author or language that was "
    "meant. Write it in the form that the message names.",
    "F022": "A word that is not known could mean that a post is private, so it is hidden from "
    "readers. Write one of the words that the message names.",
    "F023": "Feeds are ordered by date, and a post dated at random would reach subscribers as "
    "news. It is in the sitemap only; give it a `date`, or a name such as 2024-05-01-hello.md.",
    "F024": "A single character that XML forbids makes the whole feed unreadable for strict "
    "readers. It was left out; delete it from the file, where editors often do not show it.",
    "F025": "Most readers list posts by title and show an empty line, or the address, for this "
    "one. Write `title`, unless it is a short note that needs none.",
    "F026": "30 February is no day, so readers are shown the date of the file's name or "
    "folder instead, which may order the post wrongly. Correct the date in the front matter.",
    "F027": "The post is hidden until that moment and then appears by itself. If it should be "
    "public now, the year may be mistyped, or the time is meant in another zone.",
    "F028": "Readers that sort by change would put the post before its own publication. The "
    "date of publication is used for both; correct one of the two.",
    "F029": "A date without a zone is taken as UTC: posts of the evening appear on another "
    "day, or hours too early. Set `site.timezone`, for instance to Europe/Berlin.",
    # Identity.
    "F030": "Readers take two posts with one id for the same, and show only one of them. Give "
    "each its own `id` or `guid`; never change that of the one that is published.",
    "F031": "Only one page can be at an address, so subscribers to the other would land on the "
    "wrong text. Give one of them another `slug` or `permalink`.",
    "F032": "With a new id, readers show the post once more as new. Keep files that are alike "
    "apart by an `id` of their own, and rename one at a time.",
    "F033": "Many files made by the same tool carry this UUID, and readers and podcast "
    "directories then take all of them for one episode. Remove it, or write an own one.",
    "F034": "Templates in front matter are run by some generators only; readers would see "
    "`{{ title }}` as it stands there. Write the value itself.",
    "F035": "Addresses of writers and commenters are never published by feeds, but the file "
    "may lie in a public repository, where they are collected for spam. Write a name or a "
    "link instead, or keep the file private.",
    "F036": "A title is plain text. Many readers show `&#8217;` as it is written, and search "
    "does not find the word. Write the character itself.",
    "F037": "Readers and sites that filter by tag treat `Café` and `cafe` as two, and each "
    "shows only a part of the posts. Use one spelling everywhere.",
    "F038": "Search engines believe that two pages are translations only if each names the "
    "other; otherwise they show readers the wrong language. Name each page in the other.",
    "F039": "RSS wants length and type of a file; podcast apps refuse an episode without, or "
    "show no progress of the download. Give `length` in bytes and `type`, such as audio/mpeg.",
    # Bodies.
    "F040": "A body that takes seconds to render holds up all others, so readers get its "
    "summary alone. Long lines of unclosed brackets, stars or tags are the usual cause: close "
    "them, or put them into a fenced block.",
    "F041": "The body could not be rendered, so readers get the summary alone. Look for broken "
    "HTML or deeply nested lists, and please report it with the file.",
    "F042": "Readers see a broken frame where the image should be. Put the file where the "
    "message says it is looked for, and mind upper and lower case: web servers do.",
    "F043": "Whoever follows the link lands on an error page, and in a feed it cannot be "
    "taken back. Correct the path, or link to the post's file: feeds finds its address.",
    "F044": "People who hear posts, and readers that load no images, learn nothing of it. Say "
    "between the brackets what it shows: `![A cat asleep](cat.jpg)`; an image that only "
    'decorates is `<img src="line.png" alt="">`.',
    "F045": "Such a link runs a program in the reader, with access to whatever the reader has; "
    "readers remove it, and some then distrust the feed. Link to a page instead. If you did "
    "not write it, the post may have been tampered with.",
    "F046": "Readers remove scripts, forms, frames and event handlers, and what depended on "
    "them is an empty place. Put a link to the page, video or form beside it.",
    "F047": "Lists, search results and previews show a few lines, so a long summary is cut in "
    "the middle. Say in one or two sentences what the post is about.",
    "F048": "Feeds does not know what the tag stands for: it is removed and the text in it is "
    "kept, so a video or a table may be missing for readers. Write it in Markdown or HTML, or "
    "add a link that works without it.",
    "F049": "The text was saved after it had been read in a wrong encoding: readers see `â€™` "
    "for an apostrophe, and search finds nothing. Write the characters that the message names, "
    "or let feeds repair the file; see what would change first.",
    # The folder and the whole.
    "F050": "While the folder cannot be read, readers get what was published last and see no "
    "new posts. Mount the disk, or correct `content.source`.",
    "F051": "If so many posts vanish, the folder is more often incomplete than emptied, and "
    "readers would lose them all. They are removed a minute later if that is still so; if it "
    "was a mistake, restore the folder.",
    "F052": "Each subscriber loads the whole feed many times a day, and some readers refuse "
    "more than 1 MB. Lower `feeds.entries`, or set `feeds.content` to `summary`.",
    "F053": "The front matter is not valid, and was understood line by line: lists and "
    "values over several lines may be missing for readers. Put values that contain a colon, a "
    "# or quotes between quotes.",
    "F054": "The post names its author by a short id, and readers see that instead of a name. "
    "Add the id with a `name` to the authors file, or write the name in the post.",
    "F055": "A site without a single file has empty feeds, and nobody is told why. Point "
    "`source` at the folder that holds the posts, or name their endings in `include`.",
    "F056": "A sitemap lists no address of 2,048 characters or more (sitemaps.org), so search "
    "engines have to find the post in another way. Give it a shorter `slug` or title.",
}
"""Code → two to four sentences: the harm it prevents, and the way out."""
