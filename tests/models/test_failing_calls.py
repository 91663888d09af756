"""What servers do wrong, over real HTTP: asked again where that helps, explained where not."""

import asyncio
import logging
import re
import traceback
import warnings
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from blockbuster import blockbuster_ctx

from models import (
    AccessRefusedError,
    CallError,
    ChatCall,
    Ledger,
    LimitReachedError,
    Limits,
    ModelSpec,
    PromptTooLongError,
    QuotaUsedUpError,
    RequestRefusedError,
    ServerFailedError,
    StoppedError,
    UnknownModelError,
    connect,
)
from models.stand_ins.offline import reply as offline_reply
from tests.models.conftest import ask, ask_in_stream, hurried, prompt_for, wait_until_asked
from tests.servers.failing_server import FailingServer
from tests.servers.wrong_replies import ERRORS, TRANSIENT

RIGHT = offline_reply("actor", prompt_for("actor"), 0)
QUICK = {"timeout": 0.5, "timeouts_in_all": 20}
BROKEN = [kind for kind in TRANSIENT if kind != "empty"]
transient = pytest.mark.parametrize("kind", BROKEN)
LASTING = {
    "401": AccessRefusedError,
    "403": AccessRefusedError,
    "404": UnknownModelError,
    "400": RequestRefusedError,
    "501": RequestRefusedError,
    "context": PromptTooLongError,
    "quota": QuotaUsedUpError,
}


@pytest.fixture
def spec(failing: FailingServer) -> ModelSpec:
    failing.retry_after, failing.silence = "0.1", 1.5
    return ModelSpec("openai:tiny", failing.address)


@pytest.fixture
def model(spec: ModelSpec) -> ChatCall:
    return hurried(spec, **QUICK)


@transient
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_what_fails_for_now_is_asked_again(
    kind: str, stream: bool, model: ChatCall, failing: FailingServer
) -> None:
    failing.kinds.append(kind)
    told = "".join(await ask_in_stream(model)) if stream else (await ask(model)).text
    assert told.endswith(RIGHT)  # of a stream that broke off, some came before
    assert len(failing.asked) == 2
    assert bool(failing.asked[1].get("stream")) == stream


async def test_all_kinds_of_failure_in_a_row_are_outlived(
    spec: ModelSpec, failing: FailingServer
) -> None:
    failing.kinds.extend(BROKEN)
    model = hurried(spec, **QUICK, attempts=len(BROKEN) + 1)
    reply = await ask(model)
    assert reply.text == RIGHT


async def test_no_event_loop_waits_for_a_server(model: ChatCall, failing: FailingServer) -> None:
    failing.kinds.extend(["500", "429"])
    with blockbuster_ctx():
        assert (await ask(model)).text == RIGHT


async def test_requests_are_sent_again_in_one_place_only(
    spec: ModelSpec, failing: FailingServer
) -> None:
    failing.kinds.extend(["500"] * 9)
    with pytest.raises(ServerFailedError, match="failed 4 times, in the end because 500"):
        await ask(hurried(spec, **QUICK, attempts=4))
    assert len(failing.asked) == 4


@pytest.mark.parametrize("kind", [*LASTING])
async def test_what_fails_for_good_is_asked_once_and_explained(
    kind: str, model: ChatCall, failing: FailingServer
) -> None:
    failing.kinds.append(kind)
    with pytest.raises(CallError, match=re.escape(ERRORS[kind][1]["message"])) as caught:
        await ask(model)
    assert type(caught.value) is LASTING[kind]
    assert len(failing.asked) == 1
    assert failing.address in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


async def test_a_prompt_that_is_too_long_is_told_how_to_make_room(
    model: ChatCall, failing: FailingServer
) -> None:
    failing.kinds.append("context")
    with pytest.raises(PromptTooLongError, match=r"num_ctx.*--max-model-len.*--ctx-size"):
        await ask(model)


async def test_a_server_that_is_too_slow_is_told_with_what_gives_it_more_time(
    spec: ModelSpec, failing: FailingServer
) -> None:
    failing.latency = 1.0
    with pytest.raises(ServerFailedError, match=r"failed twice, .* in time .BILLP_TIMEOUT"):
        await ask(hurried(spec, timeout=0.2, timeouts_in_all=2))


async def test_a_server_that_is_not_there_is_said_so_after_a_few_attempts() -> None:
    model = hurried(ModelSpec("openai:tiny", "http://127.0.0.1:9/v1"))
    with pytest.raises(ServerFailedError, match=r"127\.0\.0\.1:9/v1 cannot be reached .*running"):
        await ask(model)


async def test_a_server_that_asks_for_more_patience_than_there_is_is_not_waited_for(
    model: ChatCall, failing: FailingServer
) -> None:
    failing.kinds.append("429")
    failing.retry_after = "86400"
    with pytest.raises(ServerFailedError, match="left alone for 86400 s"):
        await ask(model)


@pytest.mark.parametrize("told", ["soon", "nan", "-5", "inf", "Wed, 99 Nov"])
async def test_a_senseless_retry_after_is_none(
    told: str, model: ChatCall, failing: FailingServer
) -> None:
    failing.kinds.append("429")
    failing.retry_after = told
    assert (await ask(model)).text == RIGHT


async def test_what_a_server_asks_for_is_waited(model: ChatCall, failing: FailingServer) -> None:
    failing.kinds.append("429")
    failing.retry_after = "0.4"
    await ask(model)
    first, second = failing.times
    assert second - first >= 0.4


async def test_a_server_that_trickles_for_ever_is_not_waited_for(
    model: ChatCall, failing: FailingServer
) -> None:
    failing.silence = 60.0
    failing.kinds.append("trickle")
    assert (await ask(model)).text == RIGHT
    assert len(failing.asked) == 2


async def test_a_call_that_is_cancelled_between_attempts_is_not_sent_again(
    model: ChatCall, failing: FailingServer
) -> None:
    failing.kinds.extend(["429"] * 5)
    failing.retry_after = "5"
    asking = asyncio.create_task(ask(model))
    await asyncio.to_thread(wait_until_asked, failing, 1)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert len(failing.asked) == 1


async def test_a_blank_reply_is_a_reply(model: ChatCall, failing: FailingServer) -> None:
    failing.kinds.append("empty")
    assert (await ask(model)).text == ""


async def test_only_the_reply_is_paid_for(
    spec: ModelSpec, failing: FailingServer, tmp_path: Path
) -> None:
    failing.kinds.extend(["500", "html", "no-choices"])
    with closing(Ledger(tmp_path / "calls.csv", limits=Limits(calls=1))) as ledger:
        model = hurried(spec, ledger)
        assert (await ask(model)).text == RIGHT
        assert ledger.totals.calls == 1
        with pytest.raises(LimitReachedError):
            await ask(model)


async def test_once_a_run_is_stopped_nothing_is_sent_again(
    spec: ModelSpec, failing: FailingServer, tmp_path: Path
) -> None:
    failing.kinds.extend(["429"] * 5)
    failing.retry_after = "0.3"
    with closing(Ledger(tmp_path / "calls.csv")) as ledger:
        model = connect(spec, ledger)
        asking = asyncio.create_task(ask(model))
        await asyncio.to_thread(wait_until_asked, failing, 1)
        ledger.stop("enough")
        with pytest.raises(StoppedError, match="enough"):
            await asking
    assert len(failing.asked) == 1


async def test_a_file_of_calls_that_cannot_be_written_is_no_fault_of_the_server(
    spec: ModelSpec, failing: FailingServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with closing(Ledger(tmp_path / "calls.csv")) as ledger:
        monkeypatch.setattr("models.call_log.CallLog.append", full)
        with pytest.raises(OSError, match="No space left"):
            await ask(connect(spec, ledger))
    assert len(failing.asked) == 1


async def test_a_model_that_spends_all_its_tokens_on_thinking_is_told_of_once(
    model: ChatCall, failing: FailingServer
) -> None:
    failing.kinds.extend(["length"] * 2)
    with pytest.warns(UserWarning, match="'tiny' at .* used up its tokens before it"):
        assert (await ask(model)).text == ""
    with warnings.catch_warnings(action="error", category=UserWarning):
        assert (await ask(model)).text == ""


@pytest.mark.parametrize("kind", ["401", "404", "400", "500", "echo"])
async def test_the_key_is_in_no_error_log_or_text_even_if_the_server_sends_it_back(
    kind: str,
    failing: FailingServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("BILLP_API_KEY", "planted-4711")
    caplog.set_level(logging.DEBUG)
    failing.kinds.extend([kind] * 2)
    model = hurried(ModelSpec("openai:tiny", failing.address), attempts=2)
    with pytest.raises(CallError) as caught:
        await ask(model)
    assert failing.headers[0]["authorization"] == "Bearer planted-4711"
    told = [repr(model), caplog.text, str(caught.value)]
    told += traceback.format_exception(caught.value)
    assert not [text for text in told if "planted-4711" in text]
    assert caught.value.__context__ is None


async def test_an_errors_text_holds_no_control_characters(
    model: ChatCall, failing: FailingServer
) -> None:
    failing.kinds.append("escape")
    with pytest.raises(RequestRefusedError, match="red alert") as caught:
        await ask(model)
    assert str(caught.value).isprintable()
