"""A person plays the user: over the SDK, as Studio does it, and in the terminal."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langgraph_sdk import get_client

from experiments.people.screen import LEGEND
from tests.system.dev_server import DevServer, dev_server
from tests.system.processes import BIN, ROOT, environment

pytestmark = pytest.mark.system

CONTEXT: Any = {"human": True, "memory": "human", "max_rounds": 10}
PATIENCE = 120.0
PROMPT = "q, e, help): "
EXAMPLE = re.compile(r"```python\n(.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevServer]:
    with dev_server(tmp_path_factory.mktemp("human")) as server:
        yield server


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where all plays keep what they keep: the catalogue's vectors, for one, are made once."""
    return tmp_path_factory.mktemp("home")


async def test_over_the_sdk_the_interrupt_brings_the_item_and_resuming_goes_on(
    server: DevServer,
) -> None:
    client = get_client(url=server.address)
    thread = (await client.threads.create())["thread_id"]
    updates = [
        event.data
        async for event in client.runs.stream(
            thread, "billp", input={"user": 3}, context=CONTEXT, stream_mode="updates"
        )
        if event.event == "updates"
    ]
    asked = updates[-1]["__interrupt__"][0]["value"]
    assert (asked["round"], bool(asked["item"]), bool(asked["genres"])) == (1, True, True)
    assert (await client.threads.get(thread))["status"] == "interrupted"
    for said in (4, "great", {"rating": 5}, {"rating": 2, "quit": True}):
        state: Any = await client.runs.wait(
            thread, "billp", command={"resume": said}, context=CONTEXT
        )
    assert [step["reward"] for step in state["steps"]] == [4.0, 5.0, 2.0]
    assert state["ending"]["cause"] == "left"
    assert state["remembered"]["reflections"] == 1
    assert (await client.threads.get(thread))["status"] == "idle"


def test_the_example_of_studio_md_asks_at_every_item_and_ends_with_a_reflection(
    server: DevServer,
) -> None:
    (example,) = EXAMPLE.findall((ROOT / "docs" / "studio.md").read_text())
    assert "http://127.0.0.1:2024" in example
    done = subprocess.run(
        [sys.executable, "-c", example.replace("http://127.0.0.1:2024", server.address)],
        input="4\n5\nquit\n",
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    *_, last = done.stdout.split("? 1 to 5, or quit: ")
    assert done.stdout.count("? 1 to 5, or quit: ") == 3
    assert last.strip()


async def test_the_form_offers_a_person_with_words_and_bounds(server: DevServer) -> None:
    client = get_client(url=server.address)
    (assistant,) = await client.assistants.search(graph_id="billp")
    schemas: Any = await client.assistants.get_schemas(assistant["assistant_id"])
    fields = schemas["context_schema"]["properties"]
    assert fields["human"]["type"] == "boolean"
    assert (fields["max_days"]["minimum"], fields["max_days"]["maximum"]) == (1, 3650)


def billp(home: Path, said: str, *options: str) -> "subprocess.CompletedProcess[str]":
    """A play whose person says these lines, and then nothing more."""
    return subprocess.run(
        [str(BIN / "billp"), "play", *options],
        cwd=ROOT,
        env=environment(home),
        input=said,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def lines(done: "subprocess.CompletedProcess[str]") -> list[str]:
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def thread_in(told: str) -> str:
    found = re.search(r"billp play --thread ([\w.-]+)", told)
    assert found, told
    return found[1]


def test_a_session_in_the_terminal_is_rated_ended_and_remembered(home: Path) -> None:
    told = lines(billp(home, "4\nexcellent\n\n?\nhelp\n5\nq\n"))
    rounds = [line for line in told if line.startswith("Round ")]
    assert [line.split(":")[0] for line in rounds] == ["Round 1", "Round 2", "Round 3"]
    assert "expected a rating from 1 to 5, 'quit' or 'end', not 'excellent'" in told
    assert any(line.startswith("Next: ") for line in told)
    assert "q        you leave over this item: unrated, it counts as 1" in told
    left = rounds[-1].removeprefix("Round 3: ").partition(" [")[0]
    assert f"You left over {left!r}: it counts as 1, the lowest rating." in told
    assert "You left after 3 rounds, rated 3.3 on average." in told
    assert told[-1] == "Remembered: 1 reflection, 3 experiences, 3 values."


def test_the_end_of_input_saves_and_the_same_thread_goes_on(home: Path) -> None:
    first = lines(billp(home, "4\n", "--user", "3", "--arm", "react"))
    thread = thread_in(first[-1])
    second = lines(billp(home, "e\n", "--thread", thread))
    assert second[0] == "World 'demo', method 'react', chat model 'offline': going on"
    assert (first[-2], first[-1]) == ("Saved. To go on:", f"billp play --thread {thread}")
    assert first[1] == second[1] == LEGEND
    assert second[2] == first[3]
    left = second[2].removeprefix("Round 2: ").partition(" [")[0]
    assert f"You did not rate {left!r}: it does not count." in second
    assert "The session ended after 1 round, rated 4.0 on average." in second


def test_a_thread_keeps_the_settings_that_it_was_begun_with(home: Path) -> None:
    thread = thread_in(lines(billp(home, ""))[-1])
    refused = billp(home, "", "--thread", thread, "--arm", "react")
    assert refused.returncode == 2
    assert refused.stderr.startswith(f"billp: thread {thread!r} was begun with arm 'billp'")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--thread", "../elsewhere"], "a name has up to 64 letters"),
        (["--world", "dmeo"], "did you mean 'demo'?"),
        (["--base-url", "http://me:s3cret@x/v1"], "an address must hold neither user, password"),
        (["--base-url", "http://x/v1?api_key=s3cret"], "an address must hold neither user"),
        (["--model", "openai:x"], "model 'openai:x' needs a key: set OPENAI_API_KEY"),
    ],
)
def test_what_cannot_be_played_is_refused_in_one_line(
    options: list[str], message: str, home: Path
) -> None:
    done = billp(home, "4\n", *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert "s3cret" not in done.stderr
    assert done.stderr.count("\n") == 1
    kept = (home / "play").glob("threads.sqlite*")
    assert not any(b"s3cret" in path.read_bytes() for path in kept)


def test_what_could_not_be_begun_is_not_called_saved_and_its_name_stays_free(home: Path) -> None:
    for _ in range(2):
        refused = billp(home, "4\n", "--thread", "typo", "--world", "dmeo")
        assert (refused.returncode, refused.stdout) == (2, "")
    told = lines(billp(home, "4\n", "--thread", "typo", "--arm", "react"))
    assert told[0].startswith("World 'demo', method 'react'")
    assert told[-1] == "billp play --thread typo"


class Terminal:
    """A play in a terminal of its own."""

    def __init__(self, home: Path, *options: str) -> None:
        self.told = ""
        self._read = 0
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            command = [str(BIN / "billp"), "play", *options]
            os.chdir(ROOT)
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # what runs in the background ignores it
            os.execvpe(command[0], command, {**environment(home), "TERM": "xterm"})

    def until(self, mark: str) -> str:
        """Everything since the last time, up to a mark."""
        deadline = time.monotonic() + PATIENCE
        while mark not in self.told[self._read :] and time.monotonic() < deadline:
            if select.select([self._terminal], [], [], 0.5)[0]:
                try:
                    self.told += os.read(self._terminal, 65_536).decode()
                except OSError:  # Linux' way to say that the other side is gone
                    break
        if mark not in self.told[self._read :]:
            os.kill(self.pid, signal.SIGKILL)  # or it would hold the memories of the next test
            raise AssertionError(self.told)
        end = self.told.index(mark, self._read) + len(mark)
        new, self._read = self.told[self._read : end], end
        return new

    def say(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def end(self, with_signal: int = 0) -> int:
        """Waits for the end; its exit status."""
        if with_signal:
            os.kill(self.pid, with_signal)
        status = os.waitpid(self.pid, 0)[1]
        os.close(self._terminal)
        return os.waitstatus_to_exitcode(status)


def test_on_a_terminal_items_stand_in_panels_and_ctrl_c_saves(home: Path) -> None:
    terminal = Terminal(home)
    terminal.until("loading the program")
    terminal.say("typed too soon\n4\n")
    shown = terminal.until(PROMPT)
    assert "loading the world, the text embedding model and the memories" in shown
    assert "╭─ Round 1 " in shown
    assert "too soon" not in shown
    terminal.say("4\n")
    assert "before: " in terminal.until(PROMPT)
    time.sleep(
        0.5
    )  # a signal between the prompt and the wait for its answer is seen at the next key
    terminal.say("\x03")
    left = terminal.until("interrupted")
    assert re.search(r"\r\nSaved\. To go on:\r\nbillp play --thread [\w.-]+\r\n", left)
    thread = thread_in(left)
    assert terminal.end() == 130
    assert lines(billp(home, "e\n", "--thread", thread))[-1].startswith("Remembered: 1 refl")


def test_a_play_that_is_killed_goes_on_where_it_was(home: Path) -> None:
    terminal = Terminal(home, "--thread", "mine")
    terminal.until(PROMPT)
    terminal.say("4\n")
    terminal.until("Round 2")
    terminal.until(PROMPT)
    assert terminal.end(signal.SIGKILL) == -signal.SIGKILL
    told = lines(billp(home, "3\nq\n", "--thread", "mine"))
    assert told[2].startswith("Round 2: ")
    assert "You left after 3 rounds, rated 2.7 on average." in told


def test_the_next_play_on_a_thread_does_not_begin_with_what_was_shown(home: Path) -> None:
    plays = [lines(billp(home, "4\ne\n", "--thread", "twice")) for _ in range(2)]
    first = [line for told in plays for line in told if line.startswith("Round 1: ")]
    assert len(set(first)) == 2
