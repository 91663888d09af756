"""The process started by `EngineProcess`: serves a model on loopback until its input ends."""

import json
import os
import sys
from typing import Any

import xllamacpp

ERRORS_ONLY = 1


def parameters(order: dict[str, Any]) -> Any:
    """What llama.cpp's server is to do, for one order of the parent."""
    wanted = xllamacpp.CommonParams()
    wanted.model.path, wanted.model_alias = order["path"], {order["alias"]}
    wanted.hostnames, wanted.port, wanted.api_keys = ["127.0.0.1"], 0, [order["key"]]
    wanted.n_parallel, wanted.n_ctx = order["slots"], order["slots"] * order["context"]
    wanted.cache_ram_mib = order["cache_mebibytes"]
    for threads in (wanted.cpuparams, wanted.cpuparams_batch):
        threads.n_threads, threads.poll = order["threads"], 0  # no thread waits busily
    wanted.ui = wanted.endpoint_slots = wanted.warmup = False
    wanted.verbosity = ERRORS_ONLY
    return wanted


def main() -> None:
    """Reads one order, serves, writes the address, and ends with the parent, however that ends."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        server = xllamacpp.Server(parameters(json.loads(sys.stdin.readline())))
    except RuntimeError as error:  # llama.cpp has said more on stderr
        sys.exit(str(error))
    replies.write(f"{server.listening_address}/v1\n")
    replies.flush()
    sys.stdin.read()
    os._exit(0)  # it has no state to save


if __name__ == "__main__":
    main()
