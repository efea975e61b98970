"""An author in a hurry: adds, edits, deletes, renames and schedules posts, and edits settings."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from conftest import URL, Site, post

FEWEST, MOST = 50, 110
SECTIONS, TAGS = ("", "news/", "notes/deep/"), ("python", "C#", "日本語", "web", "rare")
KINDS = ('["tags", "sections"]', '["tags"]')  # documents of sections come and go
LATE_SECONDS = 15  # that a due change may be late: passes, and a body that has to be rendered


@dataclass
class Written:
    """A post as it is in its file; `moment`: Unix seconds at which it appears or goes."""

    number: int
    path: str
    date: str
    edition: int = 0
    moment: int = 0


class Author(threading.Thread):
    """Changes `site` some five times a second until `stop` is set, except while `paused`.

    Attributes:
        done: How often each kind of change was made.
        faults: Due changes that did not show in time.
        calm: Nothing is scheduled any more, from now on.
    """

    def __init__(self, site: Site, stop: threading.Event, seed: int) -> None:
        super().__init__(name="author")
        self.site, self._stop_event, self._random = site, stop, random.Random(seed)
        self.done: Counter[str] = Counter()
        self.faults: list[str] = []
        self.calm = False
        self._running = threading.Lock()
        self._number = 0
        self._posts: list[Written] = []
        self._expected: list[tuple[int, str, bool]] = []
        self.settings()
        for _ in range(FEWEST + 10):
            self.add()
        self._actions: list[tuple[Callable[[], None], int]] = [
            (self.add, 8), (self.edit, 30), (self.delete, 8), (self.rename, 8), (self.schedule, 3),
            (self.expire, 3), (self.hide, 4), (self.breaks, 3), (self.touch, 2), (self.settings, 1),
            (self.move_folder, 1),
        ]  # fmt: skip

    def run(self) -> None:
        actions, weights = zip(*self._actions, strict=True)
        while not self._stop_event.wait(self._random.uniform(0.05, 0.35)):
            with self._running:
                (action,) = self._random.choices(actions, weights)
                action()
                self.done[action.__name__] += 1
                self._look()

    def pause(self) -> threading.Lock:
        """Return what keeps it from writing while it is held."""
        return self._running

    @property
    def waiting(self) -> bool:
        """Tell whether something is still to appear or to go."""
        return bool(self._expected)

    def add(self) -> None:
        if len(self._posts) < MOST:
            self._number += 1
            day = f"202{self._number % 5}-0{1 + self._number % 9}-1{self._number % 10}"
            path = f"{self._random.choice(SECTIONS)}p{self._number}.md"
            self._write(Written(self._number, path, day))

    def edit(self) -> None:
        self._write(self._pick())

    def delete(self) -> None:
        if len(self._posts) > FEWEST:
            found = self._pick()
            self._posts.remove(found)
            (self.site.content / found.path).unlink()

    def rename(self) -> None:
        found = self._pick()
        name = f"{self._random.choice(SECTIONS)}r{found.number}-{self._random.randrange(1000)}.md"
        target = self.site.content / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (self.site.content / found.path).rename(target)
        found.path = name

    def schedule(self) -> None:
        """Write a post that appears within seconds."""
        if not self.calm:
            self._number += 1
            moment = int(time.time()) + self._random.randint(2, 8)
            date = f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%SZ}"
            found = Written(self._number, f"s{self._number}.md", date, moment=moment)
            self._write(found, word=f"Due-{moment}-{found.number}")
            self._expected.append((moment, f"Due-{moment}-{found.number}", True))

    def expire(self) -> None:
        """Write a post that goes within seconds."""
        if not self.calm:
            self._number += 1
            moment = int(time.time()) + self._random.randint(3, 9)
            until = f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%SZ}"
            found = Written(self._number, f"e{self._number}.md", "2025-06-01", moment=moment)
            word = f"Until-{moment}-{found.number}"
            self._write(found, word=word, expirydate=until)
            self._expected.append((moment, word, False))

    def hide(self) -> None:
        self._write(self._pick(), draft="true")

    def breaks(self) -> None:
        """Break the header of a post: its last good entry stays."""
        found = self._pick()
        self.site.write(
            found.path, f'---\ntitle: "Post {found.number}\ndate: {found.date}\n---\n\nx\n'
        )

    def touch(self) -> None:
        (self.site.content / self._pick().path).touch()

    def settings(self) -> None:
        self.site.settings(
            f'[site]\nurl = "{URL}"\ntitle = "Soak {self.done["settings"]}"\n'
            f"[feeds]\nentries = {self._random.choice((20, 30))}\n"
            f"[groupings]\nkinds = {self._random.choice(KINDS)}\n"
            '[aliases]\n"/old.xml" = "/feed.xml"\n'
        )

    def move_folder(self) -> None:
        """Rename a folder with all that is in it, and back the next time."""
        for here, there in (("news/", "moved/"), ("moved/", "news/")):
            old, new = self.site.content / here, self.site.content / there
            if old.exists() and not new.exists():
                old.rename(new)
                for found in self._posts:
                    if found.path.startswith(here):
                        found.path = there + found.path.removeprefix(here)
                return

    def _pick(self) -> Written:
        now = time.time()
        return self._random.choice(
            [found for found in self._posts if found.moment + LATE_SECONDS + 2 < now]
        )

    def _write(self, found: Written, word: str = "", **more: str) -> None:
        found.edition += 1
        title = f"Post {found.number} edition {found.edition} {word}".strip()
        tags = self._random.sample(TAGS, 2)
        body = f"Edition {found.edition}. " + "word & more <b>text</b> " * self._random.randint(
            5, 80
        )
        text = post(title, found.date, body, tags=str(tags).replace("'", '"'), **more)
        if self._random.random() < 0.2 and (self.site.content / found.path).exists():
            (self.site.content / found.path).write_text(text, encoding="utf-8")  # in place
        else:
            self.site.write(found.path, text)
        if found not in self._posts:
            self._posts.append(found)

    def _look(self) -> None:
        """See whether what was due is there, and what expired is gone."""
        for expected in self._expected.copy():
            moment, word, shown = expected
            if time.time() > moment + LATE_SECONDS:
                self._expected.remove(expected)
                self.done["due" if shown else "expired"] += 1
                if (word in self.site.published("/feed.json")) != shown:
                    self.faults.append(f"{word} is {'not ' * shown}there {LATE_SECONDS} s later")
