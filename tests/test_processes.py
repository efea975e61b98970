"""Processes: started by one command, killed one by one, and none left behind."""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import ROOT, Server, Site, post


@pytest.fixture
def small(site: Site) -> Site:
    for number in range(3):
        site.write(f"p{number}.md", post(f"Post {number}", f"2024-05-0{number + 1}"))
    return site


def session(server: Server) -> dict[int, str]:
    """Return pid → command line of every process of the server's session."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if os.getsid(int(entry.name)) == server.process.pid:
                    words = (entry / "cmdline").read_bytes().split(b"\0")
                    state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
                    if state != "Z":
                        found[int(entry.name)] = b" ".join(words).decode()
            except (OSError, ProcessLookupError):
                continue
    return found


def publishers(server: Server) -> list[int]:
    return [pid for pid, command in session(server).items() if "feeds publish" in command]


def workers(server: Server) -> list[int]:
    """The web workers: what is neither the main process, nor the publisher, nor its helpers."""
    main = server.process.pid
    return [pid for pid in server.children() if pid not in publishers(server) and pid != main]


def gone(server: Server, timeout: float = 15) -> dict[int, str]:
    deadline = time.monotonic() + timeout
    while (left := session(server)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_leaves_nothing_running(small: Site, number: signal.Signals) -> None:
    with small.serve("granian", "--workers", "2") as server:
        assert len(publishers(server)) == 1
        server.process.send_signal(number)
        server.process.wait(15)
        assert gone(server) == {}


def test_gunicorn_leaves_nothing_running(small: Site) -> None:
    with small.serve("gunicorn", "--workers", "2") as server:
        assert len(publishers(server)) == 1
        server.stop()
        assert gone(server) == {}


def test_a_killed_publisher_comes_back(small: Site) -> None:
    with small.serve() as server:
        (killed,) = publishers(server)
        os.kill(killed, signal.SIGKILL)
        assert server.get().status == 200
        small.write("new.md", post("Brand new", "2024-06-01"))
        server.until(lambda answer: "Brand new" in answer.text)
        assert publishers(server) != [killed]


def test_worker_and_publisher_killed_at_once_come_back(small: Site) -> None:
    """Both are started again at the same time; neither start may wait for the other."""
    with small.serve() as server:
        for number in range(3):
            for pid in (*publishers(server), *workers(server)):
                os.kill(pid, signal.SIGKILL)
            small.write("new.md", post(f"Edition {number}", "2024-06-01"))
            server.until(lambda answer, n=number: f"Edition {n}" in answer.text)


def test_a_killed_worker_comes_back(small: Site) -> None:
    """One of two, unnoticed by clients; then both, again and again."""
    with small.serve("granian", "--workers", "2") as server:
        before = server.get()
        first = workers(server)
        assert len(first) >= 2
        os.kill(first[0], signal.SIGKILL)
        for _ in range(20):
            answer = server.until(lambda answer: True, timeout=5)
            assert answer.body == before.body
        for _ in range(4):
            for pid in two_workers(server):
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.2)
        two_workers(server)
        server.until(lambda answer: "Post 1" in answer.text)


def ask_until(ended: threading.Event, port: int) -> tuple[list[int], int]:
    """Ask over kept connections; return the edition of each answer, and how many had none."""
    editions, lost = [], 0
    while not ended.is_set():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        try:
            for _ in range(50):
                connection.request("GET", "/feed.xml")
                answer = connection.getresponse()
                assert answer.status == 200
                found = re.search(rb"Edition (\d+)<.*</rss>", answer.read(), re.DOTALL)
                assert found is not None
                editions.append(int(found[1]))
                time.sleep(0.01)
        except (OSError, http.client.HTTPException):
            lost += 1
        finally:
            connection.close()
    return editions, lost


def test_kills_under_load_lose_what_is_in_flight(small: Site) -> None:
    """Workers and the publisher in turn, while the post changes: nobody sees an older edition."""
    clients, kills, ended = 4, 4, threading.Event()
    small.write("new.md", post("Edition 0", "2024-06-01"))
    with small.serve("granian", "--workers", "2") as server, ThreadPoolExecutor(clients) as pool:
        try:
            asking = [pool.submit(ask_until, ended, server.port) for _ in range(clients)]
            for number in range(1, kills + 1):
                os.kill(two_workers(server)[0] if number % 2 else publishers(server)[0], 9)
                small.write("new.md", post(f"Edition {number}", "2024-06-01"))
                server.until(lambda answer, n=number: f"Edition {n}<" in answer.text)
            assert all(f"Edition {kills}<" in server.get().text for _ in range(20))
        finally:
            ended.set()
        for editions, lost in (future.result(20) for future in asking):
            assert editions == sorted(editions)
            assert lost <= kills // 2  # one at each kill of a worker


def two_workers(server: Server) -> list[int]:
    """Wait until there are two web workers."""
    deadline = time.monotonic() + 5
    while len(found := workers(server)) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(found) >= 2
    return found


def test_a_signal_wakes_whoever_waits() -> None:
    """A handler may run at any point of wait(): nothing is lost and nothing waits for itself."""
    code = (
        "import os, signal, threading, time\n"
        "from feeds.signals import SignalEvent\n"
        "event, main = SignalEvent(), os.getpid()\n"
        "signal.signal(signal.SIGTERM, lambda *_: event.set())\n"
        "def fire():\n"
        "    for n in range(2000):\n"
        "        os.kill(main, signal.SIGTERM); turns.acquire()\n"
        "turns = threading.Semaphore(0)\n"
        "threading.Thread(target=fire, daemon=True).start()\n"
        "for n in range(2000):\n"
        "    assert event.wait(10); event.clear(); turns.release()\n"
        "print('all')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "all", done.stderr


def test_a_killed_main_process_takes_the_publisher_with_it(small: Site) -> None:
    with small.serve() as server:
        server.process.kill()
        server.process.wait(5)
        deadline = time.monotonic() + 15
        while publishers(server) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert publishers(server) == []


def test_gunicorn_with_preload_and_several_workers(small: Site) -> None:
    with small.serve("gunicorn", "--preload", "--workers", "3") as server:
        tags = {server.get()["etag"] for _ in range(20)}
        assert len(tags) == 1
        assert len(publishers(server)) == 1
        small.write("new.md", post("Brand new", "2024-06-01"))
        server.until(lambda answer: "Brand new" in answer.text)
        # Every worker has it: the revision is one for the machine.
        assert all("Brand new" in server.get().text for _ in range(20))


def test_a_publisher_of_its_own_beside_gunicorn(small: Site) -> None:
    command = [sys.executable, "-m", "feeds", "publish", "--watch"]
    own = subprocess.Popen(command, cwd=small.root, env=small.env(), stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 15
        while not locked(small) and time.monotonic() < deadline:
            time.sleep(0.05)
        with small.serve("gunicorn", "--workers", "2") as server:
            small.write("new.md", post("Brand new", "2024-06-01"))
            server.until(lambda answer: "Brand new" in answer.text)
            assert publishers(server) == []  # the lock was taken
    finally:
        own.terminate()
        assert own.wait(15) == 0


def locked(site: Site) -> bool:
    path = site.root / ".feeds" / "publisher.lock"
    if not path.exists():
        return False
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def test_a_second_publisher_takes_over(small: Site) -> None:
    command = [sys.executable, "-m", "feeds", "publish", "--watch"]
    with small.serve() as server:
        second = subprocess.Popen(command, cwd=small.root, env=small.env(), stderr=subprocess.PIPE)
        try:
            assert second.stderr is not None
            assert b"waits to take over" in second.stderr.readline()
            server.stop()
            small.write("new.md", post("Brand new", "2024-06-01"))
            deadline = time.monotonic() + 15
            while "Brand new" not in small.published() and time.monotonic() < deadline:
                time.sleep(0.1)
            assert "Brand new" in small.published()
        finally:
            second.terminate()
            assert second.wait(15) == 0
            second.stderr.close()


def test_importing_starts_nothing(small: Site) -> None:
    code = (
        "import threading, os, sys; sys.path.insert(0, sys.argv[1]); import wsgi;"
        "print(threading.active_count(), os.path.exists('.feeds'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(ROOT)],
        cwd=small.root, env=small.env(), capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert done.stdout.split() == ["1", "False"], done.stderr


def test_a_first_request_waits_for_the_first_publication(small: Site) -> None:
    """PROTOCOL row 51: gunicorn starts the publisher at the first request, which is answered."""
    with small.serve("gunicorn", ready="/feed.xml") as server:
        assert "Post 1" in server.get("/atom.xml").text


def test_nothing_to_publish_yet_is_a_503_that_says_when(site: Site) -> None:
    """While the folder is missing nothing is known: 503, with whole seconds, then the feed."""
    site.content.rmdir()
    with site.serve(status=503) as server:
        answer = server.get("/feed.xml")
        assert answer.status == 503
        assert answer["retry-after"] == "1"
        begun = time.monotonic()
        assert {server.get(path).status for path in ("/atom.xml", "/any", "/feed.xml")} == {503}
        assert time.monotonic() - begun < 2  # all requests share the two seconds of waiting
        site.write("a.md", post("At last"))
        server.until(lambda answer: "At last" in answer.text)


def test_a_port_in_use_is_one_line(small: Site) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # as granian opens its own
        other.bind(("127.0.0.1", 0))
        other.listen()
        done = small.run("serve", "--port", str(other.getsockname()[1]))
    assert done.returncode == 1
    assert "cannot listen" in done.stderr
    assert "Traceback" not in done.stderr


def test_no_watch_publishes_once(small: Site) -> None:
    with small.serve("granian", "--no-watch") as server:
        before = server.get()
        small.write("new.md", post("Brand new", "2024-06-01"))
        time.sleep(1.5)
        assert server.get().body == before.body


def test_serve_without_a_settings_file_says_what_it_chose(site: Site, tmp_path: Path) -> None:
    (site.root / "feeds.toml").unlink()
    site.environ["XDG_STATE_HOME"] = str(tmp_path / "state")
    site.write("a.md", post("Plain folder"))
    with site.serve() as server:
        answer = server.until(lambda answer: "Plain folder" in answer.text)
        log = server.log()
        assert f"<link>http://127.0.0.1:{server.port}/</link>" in answer.text
    assert "provisional" in log
    assert "site.title" in log
    assert "site.timezone" in log
    assert str(tmp_path / "state") in log


def test_list_and_check_print_json(small: Site) -> None:
    listed = json.loads(small.run("list", "--json").stdout)["documents"]
    assert [found["path"] for found in listed] == [
        "/", "/atom.xml", "/feed.json", "/feed.xml", "/feeds.opml", "/robots.txt", "/sitemap.xml",
    ]  # fmt: skip
    assert {found["entries"] for found in listed if found["format"] in ("rss", "atom")} == {3}
    checked = small.run("check", "--json")
    assert checked.returncode == 0
    assert json.loads(checked.stdout) == {
        "problems": [],
        "files": {
            "published": 3, "hidden": 0, "undated": 0, "not a post": 0, "refused": 0, "kept": 0,
        },
    }  # fmt: skip


def test_check_changes_nothing(small: Site) -> None:
    small.run("publish")
    state = small.root / ".feeds"

    def kept() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in state.iterdir() if path.is_file()}

    before = kept()
    small.write("bad.md", "---\ntitle: [\n---\n")
    assert small.call("check").returncode == 1
    after = kept()
    # SQLite leaves empty files of its own beside a database that was read.
    assert {name: data for name, data in after.items() if data and "-shm" not in name} == {
        name: data for name, data in before.items() if data
    }


def test_check_in_text_names_path_line_and_a_way_out(small: Site) -> None:
    small.write("bad.md", "---\ntitle: x\ndate: yesterday\n---\n")
    done = small.call("check")
    assert done.returncode == 1
    assert done.stdout.splitlines()[:2] == [
        'content/bad.md:3:7: error F020: `date` is "yesterday", not a date',
        "    write it as 2024-05-01 or 2024-05-01T10:00:00+02:00",
    ]


def test_version_and_usage(small: Site) -> None:
    assert small.run("--version").stdout.startswith("feeds, version ")
    assert small.call("serv").returncode == 2
    assert small.call("check", "--jsn").returncode == 2
    completion = small.call("--help")
    assert "_FEEDS_COMPLETE" in completion.stdout
