"""Child processes that never run the program that started their parent."""

from __future__ import annotations

from multiprocessing import spawn
from multiprocessing.context import ForkServerContext, ForkServerProcess
from typing import Any


class _Process(ForkServerProcess):
    """A worker that does not run the main module.

    multiprocessing has each worker run the script by which its parent was started: one that
    starts a web server without asking for `__name__` would start it in every worker.
    """

    _name: str

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._name = _Name(self._name)


class _Name(str):
    """The name of a worker, which is the first that a worker reads of its parent."""

    __slots__ = ()

    def __reduce__(self) -> tuple[Any, ...]:
        return _named, (str(self),)


def _named(name: str) -> str:
    """Return the name; run in a worker, where there is nothing else to run."""
    for step in ("_fixup_main_from_name", "_fixup_main_from_path"):
        setattr(spawn, step, lambda main: None)
    return name


class Children(ForkServerContext):
    """How they are started: from a server, as forking a program with threads may deadlock."""

    Process = _Process
