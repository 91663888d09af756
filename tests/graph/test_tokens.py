"""Tokens: read from the environment or a file, kept as digests, never told."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.clients import TOKEN, ClientTokens, TokensError, tokens_from

ALICE, BOB = "alice-0123456789", "bob-0123456789:with,colon"


def test_without_any_there_are_none() -> None:
    assert tokens_from({}) is None
    assert tokens_from({"BILLP_TOKENS": "", "BILLP_TOKENS_FILE": ""}) is None


def test_they_are_read_from_the_environment() -> None:
    tokens = tokens_from({"BILLP_TOKENS": f"alice:{ALICE}, bob:{ALICE}2"})
    assert tokens is not None
    assert (tokens.client(ALICE), tokens.client(ALICE + "2")) == ("alice", "bob")


def test_they_are_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    file.write_text(f"# who may come in\nalice:{ALICE}\n\n  bob:{BOB}  \n")
    tokens = tokens_from({"BILLP_TOKENS_FILE": str(file)})
    assert tokens is not None
    assert (tokens.client(ALICE), tokens.client(BOB)) == ("alice", "bob")


@pytest.mark.parametrize("wrong", ["", "alice", ALICE[:-1], ALICE + " ", ALICE.upper(), "\udcff"])
def test_a_wrong_token_is_nobodys(wrong: str) -> None:
    assert ClientTokens({ALICE: "alice"}).client(wrong) is None


@given(st.dictionaries(st.from_regex(TOKEN, fullmatch=True), st.text(), max_size=5), st.text())
def test_a_token_is_its_clients_and_no_other_text_is_anybodys(
    names: dict[str, str], other: str
) -> None:
    tokens = ClientTokens(names)
    assert {token: tokens.client(token) for token in names} == names
    assert other in names or tokens.client(other) is None


@pytest.mark.parametrize(
    ("listed", "message"),
    [
        ("alice", "entry 1: expected name:token"),
        (f"alice:{ALICE},,", "entry 2: expected name:token"),
        (f"Alice:{ALICE}", "entry 1: expected name:token"),
        (f"a.b:{ALICE}", "entry 1: expected name:token"),
        (f"local:{ALICE}", "entry 1: expected name:token"),
        (f"alice:{ALICE},bob:short", "entry 2: a token has 16 to 512"),
        ("alice:with a blank in it", "entry 1: a token has 16 to 512"),
        (f"alice:{ALICE},bob:{ALICE}", "entry 2: a client and a token may stand there only once"),
        (f"alice:{ALICE},alice:{ALICE}2", "entry 2: a client and a token may stand there only"),
    ],
)
def test_a_malformed_list_is_refused_in_one_line_that_tells_no_token(
    listed: str, message: str
) -> None:
    with pytest.raises(TokensError, match=message) as caught:
        tokens_from({"BILLP_TOKENS": listed})
    assert "\n" not in str(caught.value)
    assert ALICE not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no token"),
        (b"# nothing\n", "no token"),
        (b"alice " + ALICE.encode(), "line 1: expected name:token"),
        (b"\xff\xfe", "it is not text"),
    ],
)
def test_a_malformed_file_is_refused_in_one_line(
    content: bytes, message: str, tmp_path: Path
) -> None:
    file = tmp_path / "tokens"
    file.write_bytes(content)
    with pytest.raises(TokensError, match=message) as caught:
        tokens_from({"BILLP_TOKENS_FILE": str(file)})
    assert "\n" not in str(caught.value)
    assert ALICE not in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(TokensError, match="nowhere cannot be read: No such file"):
        tokens_from({"BILLP_TOKENS_FILE": str(tmp_path / "nowhere")})


def test_both_sources_at_once_are_refused() -> None:
    with pytest.raises(TokensError, match="not both"):
        tokens_from({"BILLP_TOKENS": f"alice:{ALICE}", "BILLP_TOKENS_FILE": "x"})


def test_tokens_themselves_are_not_kept() -> None:
    assert ALICE not in str(vars(ClientTokens({ALICE: "alice"})))
