"""`feeds serve`: the publisher beside granian's workers, each started again when it ends."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from feeds.errors import FeedsError
from feeds.settings import Settings
from feeds.signals import SignalEvent
from feeds.web.app import NO_KEEPER
from feeds.web.keeper import Keeper

# Answers are ready, so more threads only hand the GIL to and fro: four take 1.5 times the CPU.
BLOCKING_THREADS = 1
RESPAWN_SECONDS = 0.5
STOP_SECONDS = 5


def run(
    settings: Settings, environ: Mapping[str, str], host: str, port: int, workers: int, *,
    watch: bool,
) -> None:  # fmt: skip
    """Serve until SIGTERM or SIGINT.

    Args:
        environ: Tells the settings to the child processes.
        workers: Web processes; the publisher is one more.
        watch: Publish again when a file changes.
    """
    assert settings.state.path is not None
    _refuse_taken(host, port)
    os.environ.update(environ)
    os.environ[NO_KEEPER] = "1"
    server = Server(
        "feeds.web.app:application",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=BLOCKING_THREADS,
        respawn_failed_workers=True,  # its default ends the whole service
        respawn_interval=RESPAWN_SECONDS,
        workers_kill_timeout=STOP_SECONDS,  # one that hangs must not keep the service from ending
        websockets=False,
        log_level=LogLevels.warning,
    )
    # granian's own event deadlocks when the signal comes while its thread begins to wait; and
    # a worker killed twice within seconds would end the service as a "crash loop".
    server.main_loop_interrupt = SignalEvent()
    server.respawned_wrks = _Forgetful()
    keeper = Keeper(settings.state.path, ("--watch",) if watch else ())
    keeper.start()
    try:
        server.serve()
    finally:
        keeper.stop()


class _Forgetful(dict[int, float]):
    """Remembers no respawn: the pause between two is what keeps a crash loop in bounds."""

    def __setitem__(self, key: int, value: float) -> None:
        return


def _refuse_taken(host: str, port: int) -> None:
    """Find out whether the port is free: granian shares it (SO_REUSEPORT) without a word.

    Raises:
        FeedsError: It is not, or this machine has no such address.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise FeedsError(f"cannot listen on {host}:{port}: {error.strerror}") from None
