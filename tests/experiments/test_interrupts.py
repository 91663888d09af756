"""Ctrl-C ends a program also where its threads never end."""

import signal
import subprocess
import sys

import pytest

from tests.system.processes import ROOT, interruptible

PATIENCE = 60
HANGS = """
import threading
from concurrent.futures import ThreadPoolExecutor
from experiments.interrupts import interrupt_once

interrupt_once("interrupted, and left")
with ThreadPoolExecutor() as pool:
    pool.submit(threading.Event().wait)
    print("ready", flush=True)
    threading.Event().wait()
"""
LEAVES = """
import os, signal, threading
from concurrent.futures import ThreadPoolExecutor
from experiments.interrupts import leave, on_interrupt

ThreadPoolExecutor().submit(threading.Event().wait)
with on_interrupt(lambda: leave("left at once")):
    print("ready", flush=True)
    threading.Event().wait()
"""


@pytest.mark.parametrize(("program", "said"), [(HANGS, "interrupted, and left"), (LEAVES, "left")])
def test_an_interrupted_program_ends_with_its_threads_still_at_work(
    program: str, said: str
) -> None:
    with interruptible():
        process = subprocess.Popen(
            [sys.executable, "-c", program], cwd=ROOT, stdout=-1, stderr=-1, text=True
        )
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert told.startswith(said)
