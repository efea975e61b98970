"""Load on a server of this machine: wrk where it is installed, else threads of our own."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import threading
import time

CONNECTIONS = 32


def rate(port: int, path: str, headers: dict[str, str], seconds: float = 3.0) -> float:
    """Return answers per second from 127.0.0.1:`port`, over `CONNECTIONS` kept alive."""
    if shutil.which("wrk"):
        return _wrk(port, path, headers, seconds)
    return _threads(port, path, headers, seconds)


def _wrk(port: int, path: str, headers: dict[str, str], seconds: float) -> float:
    flags = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", *flags]
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True, check=True
    )
    found = re.search(r"Requests/sec:\s*([\d.]+)", done.stdout)
    assert found, done.stdout
    assert "Non-2xx" not in done.stdout or "304" in str(headers), done.stdout
    return float(found[1])


def _threads(port: int, path: str, headers: dict[str, str], seconds: float) -> float:
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{n}: {v}" for n, v in headers.items())]
    request = ("\r\n".join(lines) + "\r\n\r\n").encode()
    until = time.perf_counter() + seconds
    counts = [0] * 4
    runners = [
        threading.Thread(target=_one, args=(port, request, until, counts, number))
        for number in range(len(counts))
    ]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    return sum(counts) / seconds


def _one(port: int, request: bytes, until: float, counts: list[int], number: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        buffer = b""
        while time.perf_counter() < until:
            connection.sendall(request)
            while b"\r\n\r\n" not in buffer:
                buffer += connection.recv(65536)
            head, _, rest = buffer.partition(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: (\d+)", head)
            missing = (int(length[1]) if length else 0) - len(rest)
            while missing > 0:
                missing -= len(connection.recv(min(65536, missing)))
            buffer = b""
            counts[number] += 1
