"""The site as it would be published now, on a copy of its state: nothing of it is changed."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from feeds.errors import FeedsError
from feeds.index.database import INDEX, LEDGER, copy, open_index, open_ledger
from feeds.index.intake import Intake
from feeds.settings import Settings

PATIENCE = 20  # times that a file in motion is waited for, 0.1 s each


@contextlib.contextmanager
def workspace(settings: Settings, clock: Callable[[], float]) -> Iterator[Intake]:
    """Open copies of index and ledger, with every file read; ids are not given yet.

    Raises:
        FeedsError: The site's address is this machine, where no reader knows it.
        SourceUnavailable: The folder of posts cannot be listed.
    """
    if settings.provisional:
        raise FeedsError(
            f"site.url is {settings.site.url}, which no subscriber knows: name the public address, "
            "with url under [site] in feeds.toml or with --url https://example.org/"
        )
    assert settings.state.path is not None
    with tempfile.TemporaryDirectory(prefix="feeds-") as folder, contextlib.ExitStack() as stack:
        for name in (INDEX, LEDGER):
            copy(settings.state.path / name, Path(folder) / name)
        index, ledger = open_index(Path(folder) / INDEX), open_ledger(Path(folder) / LEDGER)
        stack.callback(index.dispose)
        stack.callback(ledger.dispose)
        intake = Intake(index, ledger, settings)
        intake.apply()
        for _ in range(PATIENCE):
            if not intake.scan(None, int(clock() * 1e9), trust=True).restless:
                break
            time.sleep(0.1)
        yield intake
