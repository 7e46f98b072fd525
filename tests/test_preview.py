"""`incspec preview`: a real server, spoken to over its socket, while the spec and what it imports are changed."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from incspec.preview.follow import Follower, State

HEAD = "incspec: 1\nname: N\ninput: [3, 32, 32]\n"
SPEC = HEAD + "network:\n  - 3x3 conv {width}\n  - global_avg_pool\n  - linear 10\n"
WAIT = 20.0  # seconds until a test gives up


class Served:
    """A preview that runs."""

    def __init__(self, *arguments: str, folder: Path) -> None:
        self.connections: list[http.client.HTTPConnection] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "incspec", "preview", *arguments],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found, (line, self.process.stderr.read() if self.process.stderr else "")
        self.url = urlsplit(found[0])
        assert self.url.port
        self.port = self.url.port

    def get(self, path: str = "", headers: Mapping[str, str] | None = None) -> http.client.HTTPResponse:
        """What is at an address below the page's, or at another one, which begins with `/`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT)
        self.connections.append(connection)
        connection.request("GET", path if path[:1] == "/" else self.url.path + path, headers=dict(headers or {}))
        return connection.getresponse()

    def events(self, after: int = 0) -> Events:
        return Events(self.get(f"events?after={after}"))

    def end(self, how: int = signal.SIGINT) -> tuple[int, str]:
        """The exit code, and what was said."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            said = self.process.communicate(timeout=WAIT)[1]
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            for connection in self.connections:
                connection.close()
        return self.process.returncode, said


class Events:
    """The events of a preview, as a browser gets them."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        assert response.getheader("content-type", "").startswith("text/event-stream")
        self.response = response

    def next(self) -> tuple[int, dict[str, object]]:
        number, data = 0, ""
        end = time.monotonic() + WAIT
        while time.monotonic() < end:
            line = self.response.readline().decode().rstrip("\n")
            if line.startswith("id:"):
                number = int(line.removeprefix("id:"))
            elif line.startswith("data:"):
                data = line.removeprefix("data:")
            elif not line and data:
                return number, json.loads(data)
        raise AssertionError("no event")

    def until(self, what: str) -> dict[str, object]:
        """The first that holds a text."""
        end = time.monotonic() + WAIT
        while time.monotonic() < end:
            shown = self.next()[1]
            if what in json.dumps(shown):
                return shown
        raise AssertionError(f"no event with {what}")


def with_a_spec(folder: Path) -> Path:
    (folder / "net.yaml").write_text(SPEC.format(width=8))
    return folder


def running(folder: Path) -> Iterator[Served]:
    made = Served("net.yaml", folder=folder)
    yield made
    if made.process.stdout and not made.process.stdout.closed:
        made.end()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return with_a_spec(tmp_path)


@pytest.fixture
def served(folder: Path) -> Iterator[Served]:
    yield from running(folder)


@pytest.fixture(scope="module")
def left_alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One for all tests that change nothing."""
    yield from running(with_a_spec(tmp_path_factory.mktemp("left_alone")))


def test_the_page_is_whole_and_follows_this_server(left_alone: Served) -> None:
    response = left_alone.get()
    text = response.read().decode()
    assert response.status == 200
    assert '<meta name="incspec-events" content="events?after=1">' in text
    assert "connect-src &#x27;self&#x27;" in text or "connect-src 'self'" in text
    assert response.getheader("content-security-policy") == "frame-ancestors 'none'"
    assert response.getheader("cache-control") == "no-store"


def test_each_save_is_shown(served: Served, folder: Path) -> None:
    events = served.events(after=1)
    for width in (9, 10, 11):
        (folder / "net.yaml").write_text(SPEC.format(width=width))
        assert f"3x3 Conv ({width})" in json.dumps(events.until(f"Conv ({width})"))


def test_the_figure_comes_first_and_the_rest_of_the_page_after_it(served: Served, folder: Path) -> None:
    events = served.events(after=1)
    (folder / "net.yaml").write_text(SPEC.format(width=9))
    (none, sketch), (number, whole) = events.next(), events.next()
    assert sketch.get("sketch") is True
    assert "3x3 Conv (9)" in json.dumps(sketch["graphs"])
    assert none == 0  # a browser that loses the connection now asks for this state again
    assert number == 2
    assert [text["name"] for text in whole["texts"]] == ["net.yaml", "model.py"]  # type: ignore[attr-defined]


def test_a_save_by_another_name_a_lost_and_a_restored_file(served: Served, folder: Path) -> None:
    events, spec = served.events(after=1), folder / "net.yaml"
    (folder / "met.yaml").write_text(SPEC.format(width=9))  # which is not what is meant
    (folder / ".net.yaml.swp").write_text(SPEC.format(width=12))
    (folder / ".net.yaml.swp").replace(spec)
    events.until("Conv (12)")
    spec.unlink()
    lost = events.until('"severity": "error"')
    assert "graphs" not in lost
    assert told_of(lost) == [
        ("there is no file `net.yaml` any more", "the preview goes on as soon as it is there again")
    ]
    spec.write_text(SPEC.format(width=13))
    events.until("Conv (13)")


def test_a_lost_import_is_told_as_lost_and_a_mistyped_one_as_mistyped(folder: Path) -> None:
    text = HEAD + "import: {blocks.yaml: [b]}\nnetwork:\n  - b\n"
    (folder / "net.yaml").write_text(text)
    (folder / "blocks.yaml").write_text("incspec: 1\nblocks:\n  b:\n    - 3x3 conv 21\n")
    served = Served("net.yaml", folder=folder)
    try:
        events = served.events(after=1)
        (folder / "net.yaml").write_text(text.replace("blocks.yaml", "block.yaml"))
        ((message, help_),) = told_of(events.until('"severity": "error"'))
        assert message == "there is no file `block.yaml`"
        assert help_ == "did you mean `blocks.yaml`?"
        (folder / "net.yaml").write_text(text)
        events.until("Conv (21)")
        (folder / "blocks.yaml").rename(folder / "other.yaml")
        ((message, help_),) = told_of(events.until('"severity": "error"'))
        assert message == "there is no file `blocks.yaml` any more"
        assert help_ == "the preview goes on as soon as it is there again"
        (folder / "other.yaml").rename(folder / "blocks.yaml")
        events.until("Conv (21)")
    finally:
        assert served.end()[0] == 0


def told_of(shown: dict[str, object]) -> list[tuple[str, str]]:
    """The messages of an event, each with its help."""
    return [(item["message"], item["help"]) for item in shown["diagnostics"]]  # type: ignore[attr-defined]


def test_a_file_that_is_emptied_before_it_is_written_is_not_told_to_be_empty(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    states: list[State] = []
    follower, spec = Follower(str(folder / "net.yaml"), (), states.append), folder / "net.yaml"
    assert follower.check()
    spec.write_text("")
    monkeypatch.setattr(time, "sleep", lambda _: spec.write_text(SPEC.format(width=9)))
    assert follower.check()
    assert [state.is_good for state in states] == [True, True]
    spec.write_text("")
    monkeypatch.setattr(time, "sleep", lambda _: None)
    assert follower.check()
    assert [item.code for item in states[-1].diagnostics] == ["empty-spec"]
    assert not follower.check()


def test_many_saves_at_once_end_with_the_last(served: Served, folder: Path) -> None:
    events = served.events(after=1)
    for width in range(20, 60):
        (folder / "net.yaml").write_text(SPEC.format(width=width))
    events.until("Conv (59)")


def test_mistakes_are_told_and_the_page_keeps_the_last_good_figure(served: Served, folder: Path) -> None:
    events = served.events(after=1)
    (folder / "net.yaml").write_text(SPEC.format(width=8) + "  - 3x3 convv 4\n")
    told = events.until("convv")
    assert "graphs" not in told
    (item,) = told["diagnostics"]  # type: ignore[misc]
    (label,) = item["labels"]
    assert item["severity"] == "error"
    assert (label["file"], label["line"], label["column"], label["after"]) == ("net.yaml", 8, 9, 14)
    (text,) = told["texts"]  # type: ignore[misc]
    assert label["text"] == 0
    assert text["text"] == SPEC.format(width=8) + "  - 3x3 convv 4\n"  # what is on the disk
    # Who comes now sees the last good figure, and is told at once.
    text = served.get().read().decode()
    assert '"graphs"' in text
    assert "events?after=0" in text
    assert "convv" in json.dumps(served.events(after=0).next()[1])


def test_what_the_spec_imports_is_followed_also_where_it_comes_into_being(folder: Path) -> None:
    text = HEAD + "import: {parts/blocks.yaml: [b]}\nnetwork:\n  - b\n"
    (folder / "net.yaml").write_text(text)
    served = Served("net.yaml", folder=folder)
    try:
        page = served.get().read().decode()
        assert "parts/blocks.yaml" in page
        assert (
            '"graphs":' not in page.partition('id="incspec-document">')[2].partition("</script>")[0]
        )  # no network yet
        events = served.events()
        (folder / "parts").mkdir()
        (folder / "parts" / "blocks.yaml").write_text("incspec: 1\nblocks:\n  b:\n    - 3x3 conv 21\n")
        events.until("Conv (21)")
        (folder / "parts" / "blocks.yaml").write_text("incspec: 1\nblocks:\n  b:\n    - 3x3 conv 22\n")
        events.until("Conv (22)")
    finally:
        assert served.end()[0] == 0


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "example.com"}, 421),
        ({"Host": "127.0.0.1"}, 421),
        ({"Origin": "http://example.com"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_requests_that_mean_another_server_or_come_from_another_page_are_refused(
    left_alone: Served, headers: dict[str, str], status: int
) -> None:
    for path in ("", "events"):
        assert left_alone.get(path, headers).status == status


def test_without_the_token_there_is_nothing(left_alone: Served) -> None:
    for path in ("/", "/events", "/x/", f"{left_alone.url.path[:-2]}/", "/%00/"):
        assert left_alone.get(path).status == 404
    assert left_alone.get("../").status == 404


def test_two_previews_take_two_ports_and_a_stated_one_that_is_taken_is_told(
    left_alone: Served, served: Served, folder: Path
) -> None:
    assert served.port != left_alone.port
    assert served.url.path != left_alone.url.path
    done = subprocess.run(
        [sys.executable, "-m", "incspec", "preview", "net.yaml", "--port", str(left_alone.port)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=WAIT,
        check=False,
    )
    assert done.returncode == 2
    assert f"port {left_alone.port} of 127.0.0.1 cannot be had: address already in use" in done.stderr


def test_only_this_machine_is_answered(left_alone: Served) -> None:
    listening = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    addresses = {
        bytes.fromhex(each[1].split(":")[0])[::-1]
        for each in listening
        if int(each[1].split(":")[1], 16) == left_alone.port
    }
    assert addresses == {socket.inet_aton("127.0.0.1")}


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_at_once_and_quietly_while_browsers_listen(served: Served, how: int) -> None:
    events = served.events()
    events.next()
    begun = time.monotonic()
    code, said = served.end(how)
    assert time.monotonic() - begun < 5
    assert code == 0
    assert "Traceback" not in said


def test_standard_input_and_what_is_missing_are_told(tmp_path: Path) -> None:
    def run(*arguments: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "incspec", "preview", *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=WAIT, check=False, env=env)

    assert run("-").stderr == "incspec: `preview` follows a file: standard input is none\n"
    assert "pip install 'incspec[preview]'" in run("--help").stdout
    (tmp_path / "uvicorn.py").write_text("raise ModuleNotFoundError(name='uvicorn')\n")
    missing = run("net.yaml", env={**os.environ, "PYTHONPATH": str(tmp_path)})
    assert missing.returncode == 2
    assert missing.stderr == "incspec: `preview` needs uvicorn: `pip install 'incspec[preview]'`\n"
