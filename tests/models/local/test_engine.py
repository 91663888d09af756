"""A model file is served in a child process, with the same meter and cache as any server."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from models import (
    Ledger,
    ModelError,
    ModelSpec,
    PromptTooLongError,
    ReplyCache,
    ReplyTokens,
    connect,
    exact_name,
    read_prices,
)
from models.local import engine_process
from models.local.engine_main import parameters
from models.local.engine_process import EngineProcess, EngineSize, engine_for
from models.local.model_file import open_model
from models.server import Server
from tests.models.conftest import ask, ask_in_stream
from tests.models.local.gguf_files import chatting, weights, write_gguf

PATIENCE = 60.0


@pytest.fixture
def spec(tiny: Path) -> ModelSpec:
    return ModelSpec(f"local:{tiny}", reply_tokens=ReplyTokens(actor=6))


@pytest.fixture
def engine(spec: ModelSpec) -> EngineProcess:
    """The engine of all tests, as a call finds it."""
    model = open_model(spec.name)
    return engine_for(model, EngineSize.wanted(model, 2))


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Path]:
    """A model file of a test's own, whose engine ends with it."""
    path = write_gguf(tmp_path / "own.gguf", chatting(), weights())
    yield path
    engine_process.forget(path)


def pid_of(engine: EngineProcess) -> int:
    assert engine._process
    return engine._process.pid


async def test_a_reply_is_bounded_metered_and_free(spec: ModelSpec, tmp_path: Path) -> None:
    with closing(Ledger(tmp_path / "calls.csv", read_prices())) as ledger:
        reply = await ask(connect(spec, ledger), "hello")
    assert (reply.tokens.output, reply.finish_reason) == (6, "length")
    assert not reply.tokens.estimated
    assert (ledger.totals.calls, ledger.totals.money) == (1, 0.0)
    assert exact_name(spec) in (tmp_path / "calls.csv").read_text()


async def test_what_was_read_before_is_not_read_again(spec: ModelSpec) -> None:
    chat = connect(spec)
    await ask(chat, "the same long beginning, " * 20 + "one end")
    assert (await ask(chat, "the same long beginning, " * 20 + "another")).tokens.cached > 400


async def test_who_watches_a_graph_sees_the_reply_grow(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_gguf(own, chatting(llama__context_length=16384), weights())
    monkeypatch.setenv("BILLP_LOCAL_CONTEXT", "16384")
    pieces = await ask_in_stream(connect(ModelSpec(f"local:{own}")))
    assert len(pieces) > 1


async def test_a_cached_reply_outlives_the_engine_and_its_port(
    spec: ModelSpec, engine: EngineProcess, tmp_path: Path
) -> None:
    with closing(ReplyCache(tmp_path / "replies.sqlite")) as cache:
        first = await ask(connect(spec, cache=cache), "hello")
        os.kill(pid_of(engine), signal.SIGKILL)
        assert engine.has_ended(PATIENCE)
        assert (await ask(connect(spec, cache=cache), "hello")).text == first.text
        assert not engine.runs  # nobody was asked


async def test_an_engine_that_was_killed_is_started_again(
    spec: ModelSpec, engine: EngineProcess
) -> None:
    chat = connect(spec)
    first, before = await ask(chat, "hello"), pid_of(engine)
    os.kill(before, signal.SIGKILL)
    assert (await ask(chat, "hello")).text == first.text
    assert pid_of(engine) != before


async def test_an_engine_that_dies_again_is_given_up(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = EngineProcess.server

    def killed(self: EngineProcess) -> Server:
        server = started(self)
        os.kill(pid_of(self), signal.SIGKILL)
        return server

    monkeypatch.setattr(EngineProcess, "server", killed)
    with pytest.raises(ModelError, match=r"own\.gguf ended twice \(SIGKILL\): is there memory"):
        await ask(connect(ModelSpec(f"local:{own}")), "hello")


async def test_weights_that_the_engine_refuses_are_told_in_its_words(tmp_path: Path) -> None:
    path = write_gguf(tmp_path / "hollow.gguf", chatting(), {})
    with pytest.raises(ModelError, match=r"cannot serve .*hollow\.gguf \(.*token_embd"):
        await ask(connect(ModelSpec(f"local:{path}")), "hello")


async def test_a_prompt_that_does_not_fit_names_the_variable(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BILLP_LOCAL_CONTEXT", "256")
    chat = connect(ModelSpec(f"local:{own}"))
    with pytest.raises(PromptTooLongError, match=r"256 tokens of own\.gguf: set BILLP_LOCAL_CON"):
        await ask(chat, "word " * 200)


async def test_a_prompt_longer_than_the_model_can_read_says_so(spec: ModelSpec) -> None:
    with pytest.raises(PromptTooLongError, match="all that it was made for: take a model with"):
        await ask(connect(spec), "word " * 2000)


async def test_only_who_has_the_key_is_answered_and_no_list_of_processes_shows_it(
    spec: ModelSpec, engine: EngineProcess
) -> None:
    await ask(connect(spec), "hello")
    server = engine.server()
    assert server.address.startswith("http://127.0.0.1:")
    asked = {"messages": [{"role": "user", "content": "hello"}], "max_tokens": 1}
    async with httpx.AsyncClient(trust_env=False) as client:
        reply = await client.post(f"{server.address}/chat/completions", json=asked)
    assert reply.status_code == 401
    place = Path(f"/proc/{pid_of(engine)}")
    assert server.key.encode() not in (place / "cmdline").read_bytes()
    assert server.key.encode() not in (place / "environ").read_bytes()


async def test_no_proxy_stands_before_it(spec: ModelSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert (await ask(connect(spec), "hello")).tokens.output == 6


def test_threads_are_those_of_the_parent_and_none_waits_busily() -> None:
    wanted = parameters(
        {"path": "m.gguf", "alias": "m", "key": "k", "threads": 2, "cache_mebibytes": 1}
        | {"slots": 3, "context": 100}
    )
    assert [c.n_threads for c in (wanted.cpuparams, wanted.cpuparams_batch)] == [2, 2]
    assert [c.poll for c in (wanted.cpuparams, wanted.cpuparams_batch)] == [0, 0]
    assert (wanted.n_parallel, wanted.n_ctx) == (3, 300)


@pytest.mark.system
def test_it_ends_with_a_parent_that_is_killed(tiny: Path, tmp_path: Path) -> None:
    program = tmp_path / "parent.py"
    program.write_text(
        "import sys, time\n"
        "from models.local.engine_process import EngineProcess, EngineSize\n"
        "from models.local.model_file import open_model\n"
        "engine = EngineProcess(open_model(sys.argv[1]), EngineSize(1, 256))\n"
        "engine.server()\n"
        "print(engine._process.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    paths = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    command = [sys.executable, str(program), f"local:{tiny}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=paths) as parent:
        assert parent.stdout
        engine = int(parent.stdout.readline())
        assert Path(f"/proc/{engine}").exists()
        parent.kill()
    wait_until_ended(engine)


def wait_until_ended(pid: int) -> None:
    """Waits until a process has ended; one whose parent has not asked yet counts as ended."""
    deadline = time.monotonic() + PATIENCE
    while goes_on(pid):
        assert time.monotonic() < deadline, f"process {pid} goes on"
        time.sleep(0.05)


def goes_on(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"
