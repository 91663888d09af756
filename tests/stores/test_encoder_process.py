"""The encoder in a process of its own: the same vectors, errors told, no process left behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stores import StoreError
from stores.encoder import load_encoder
from stores.encoder_process import EncoderProcess
from stores.weights import DEFAULT_EMBEDDING

pytestmark = pytest.mark.slow

TEXTS = ["Hades", "日本語", "", "\x00", "long " * 2000, "\ud800", "two\nlines"]


@pytest.fixture(scope="module")
def process() -> EncoderProcess:
    return EncoderProcess(DEFAULT_EMBEDDING)


def pid_of(process: EncoderProcess) -> int:
    assert process._process
    return process._process.pid


def gone(pid: int) -> bool:
    """Whether a process ends within a while; one of another parent stays a zombie until reaped."""
    for _ in range(200):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.05)
    return False


def test_vectors_are_those_of_this_process_bit_for_bit(process: EncoderProcess) -> None:
    texts = [text for text in TEXTS if text.isprintable()]
    assert (process.encode(texts) == load_encoder(DEFAULT_EMBEDDING).encode(texts)).all()


def test_texts_of_every_kind_come_back_in_order(process: EncoderProcess) -> None:
    texts = [text for text in TEXTS if text != "\ud800"]
    together = process.encode(texts)
    for text, vector in zip(texts, together, strict=True):
        assert (process.encode([text])[0] == vector).all()


def test_a_text_that_cannot_be_embedded_is_told_and_others_can_still_be(
    process: EncoderProcess,
) -> None:
    with pytest.raises(StoreError, match="texts cannot be embedded"):
        process.encode(["\ud800"])
    assert process.encode(["Hades"]).shape == (1, 384)


def test_after_a_kill_another_process_goes_on(process: EncoderProcess) -> None:
    before = process.encode(["Hades"])
    killed = pid_of(process)
    os.kill(killed, signal.SIGKILL)
    assert (process.encode(["Hades"]) == before).all()
    assert pid_of(process) != killed


def test_a_process_that_ends_again_and_again_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "torch.py").write_text("import os; os._exit(9)")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(StoreError, match=r"ended twice \(exit status 9\): is there memory for it"):
        EncoderProcess(DEFAULT_EMBEDDING).encode(["Hades"])


def test_who_is_interrupted_leaves_no_answer_for_the_next_to_find(
    process: EncoderProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = process.encode(["Portal 2"])

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("stores.encoder_process._receive", interrupted)
        with pytest.raises(KeyboardInterrupt):
            process.encode(["Hades"])
    assert (process.encode(["Portal 2"]) == expected).all()


def test_it_ends_with_the_object(process: EncoderProcess) -> None:
    short = EncoderProcess(DEFAULT_EMBEDDING)
    short.encode(["Hades"])
    pid = pid_of(short)
    del short
    assert gone(pid)


USES = """
import os, sys, time
from stores.encoder_process import EncoderProcess
process = EncoderProcess("all-MiniLM-L6-v2")
process.encode(["Hades"])
print(process._process.pid, flush=True)
if sys.argv[1] == "stays":
    time.sleep(60)
"""


@pytest.mark.parametrize("how", ["stays", "returns"])
def test_it_ends_with_whoever_started_it(how: str) -> None:
    command = [sys.executable, "-c", USES, how]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as user:
        assert user.stdout
        pid = int(user.stdout.readline())
        if how == "stays":
            user.kill()
        user.wait(timeout=30)
        assert gone(pid)


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="a terminal's signals")
def test_ctrl_c_is_left_to_whoever_started_it(process: EncoderProcess) -> None:
    process.encode(["Hades"])
    pid = pid_of(process)
    os.kill(pid, signal.SIGINT)
    process.encode(["Portal 2"])
    assert pid_of(process) == pid
