"""Load on a server of this machine: wrk and h2load where they are installed, else threads."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from benchmarks.peers import Server

CONNECTIONS = 32
SECONDS = 1.0
Request = tuple[str, dict[str, str]]
"""Path and headers."""

# wrk: the requests of a file in turn, each a line of path, name, value, name, value, …
_IN_TURN = r"""
local ready, turn = {}, 0
function init(arguments)
  for line in io.lines(arguments[1]) do
    local words, headers = {}, {}
    for word in line:gmatch("[^\t]+") do words[#words + 1] = word end
    for at = 2, #words - 1, 2 do headers[words[at]] = words[at + 1] end
    ready[#ready + 1] = wrk.format("GET", words[1], headers)
  end
end
function request()
  turn = turn % #ready + 1
  return ready[turn]
end
"""


@dataclass(frozen=True)
class Load:
    """What a server bore.

    Attributes:
        answers: How many.
        rate: Of them per second.
        cpu: Microseconds of the server's processes for each answer.
    """

    answers: int
    rate: float
    cpu: float


def missing() -> str:
    """Return what is said where a load generator is not installed."""
    absent = [name for name in ("wrk", "h2load") if not shutil.which(name)]
    return f"; not installed: {', '.join(absent)}; threads of Python ask instead" if absent else ""


def load(
    server: Server, requests: Sequence[Request], seconds: float = SECONDS, *, lost: bool = False
) -> Load:
    """Ask in turn for `requests`, over `CONNECTIONS` kept alive, as fast as answers come.

    Args:
        lost: The answers are 404s.
    """
    before = server.cpu()
    ask = _wrk if shutil.which("wrk") else _threads
    answers, rate, shown = ask(server.port, requests, seconds)
    assert lost or "Non-2xx" not in shown, shown
    return Load(answers, rate, (server.cpu() - before) / max(answers, 1) * 1e6)


def _wrk(port: int, requests: Sequence[Request], seconds: float) -> tuple[int, float, str]:
    with tempfile.TemporaryDirectory() as folder:
        script, lines = Path(folder) / "in-turn.lua", Path(folder) / "requests"
        script.write_text(_IN_TURN)
        with lines.open("w", encoding="latin-1") as file:
            for path, headers in requests:
                file.write("\t".join((path, *(word for pair in headers.items() for word in pair))))
                file.write("\n")
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s"]
        command += ["-s", str(script), f"http://127.0.0.1:{port}/", "--", str(lines)]
        shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    answers, rate = re.search(r"(\d+) requests in", shown), re.search(r"/sec:\s*([\d.]+)", shown)
    assert answers is not None
    assert rate is not None
    return int(answers[1]), float(rate[1]), shown


def _threads(port: int, requests: Sequence[Request], seconds: float) -> tuple[int, float, str]:
    texts = ["\r\n".join([f"GET {path} HTTP/1.1", "Host: 127.0.0.1",
             *(f"{n}: {v}" for n, v in headers.items()), "", ""]).encode("latin-1")
             for path, headers in requests]  # fmt: skip
    until = time.perf_counter() + seconds
    counts = [0] * 4
    runners = [
        threading.Thread(target=_one, args=(port, texts, until, counts, number))
        for number in range(len(counts))
    ]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    return sum(counts), sum(counts) / seconds, ""


def _one(port: int, texts: list[bytes], until: float, counts: list[int], number: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for text in cycle(texts):
            if time.perf_counter() > until:
                return
            connection.sendall(text)
            buffer = b""
            while b"\r\n\r\n" not in buffer:
                buffer += connection.recv(65536)
            head, _, rest = buffer.partition(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: (\d+)", head)
            missing = (int(length[1]) if length else 0) - len(rest)
            while missing > 0:
                missing -= len(connection.recv(min(65536, missing)))
            counts[number] += 1


@dataclass(frozen=True)
class Paced:
    """Answers to requests at a fixed rate.

    Attributes:
        milliseconds: Of each answer, sorted.
        failed: How many were no 200 or 304.
    """

    milliseconds: list[float]
    failed: int

    @property
    def p99(self) -> float:
        return self.milliseconds[len(self.milliseconds) * 99 // 100]


def paced(server: Server, request: Request, rate: float, seconds: float) -> Paced:
    """Ask `rate` times a second with h2load, which has to be installed."""
    path, headers = request
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        command = ["h2load", "--h1", "-t1", f"-c{CONNECTIONS}", f"-D{round(seconds)}"]
        command += [f"--rps={rate / CONNECTIONS:.3f}", f"--log-file={log}"]
        command += [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
        command.append(f"http://127.0.0.1:{server.port}{path}")
        subprocess.run(command, capture_output=True, check=True)
        rows = [line.split() for line in log.read_text().splitlines()]
    failed = sum(row[1] not in ("200", "304") for row in rows)
    return Paced(sorted(int(row[2]) / 1000 for row in rows), failed)
