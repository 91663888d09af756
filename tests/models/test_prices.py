"""What models cost is looked up by exact name; what is not known is not free."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import ModelError, ModelSpec, Price, Tokens, exact_name, read_prices

MINI = "openai:gpt-4o-mini"
OWN = "[{name}]\ninput = 1\ncached = 0.5\noutput = 2.0\n"
SERVED = "openai:llama@http://localhost:8000/v1"

amounts = st.floats(0, 1000)
counts = st.integers(0, 10**6)


def table(folder: Path, text: str) -> Path:
    path = folder / "prices.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["offline", "scripted:any.jsonl"])
def test_models_without_a_network_are_free(name: str) -> None:
    assert read_prices().of(name) == Price(0.0, 0.0, 0.0)


def test_list_prices_come_with_the_package() -> None:
    assert read_prices().of(MINI) == Price(input=0.15, cached=0.075, output=0.60)


@pytest.mark.parametrize(
    "spec",
    [
        ModelSpec("openai:gpt-nobody-knows"),
        ModelSpec("openai:gpt-4o-mini-2024-07-18"),
        ModelSpec(MINI, "http://localhost:8000/v1"),
    ],
)
def test_the_price_of_any_other_model_or_server_is_unknown(spec: ModelSpec) -> None:
    assert read_prices().of(exact_name(spec)) is None


@pytest.mark.parametrize("address", ["http://localhost:8000/v1", "http://localhost:8000/v1/"])
def test_a_model_on_a_server_of_its_own_can_be_priced(address: str, tmp_path: Path) -> None:
    own = table(tmp_path, OWN.format(name=f'"openai:llama@{address}"'))
    assert read_prices(own).of(SERVED) == Price(1.0, 0.5, 2.0)


def test_own_prices_go_before_those_of_the_package_and_leave_the_others(tmp_path: Path) -> None:
    prices = read_prices(table(tmp_path, OWN.format(name=f'"{MINI}"')))
    assert prices.of(MINI) == Price(1.0, 0.5, 2.0)
    assert prices.of("openai:gpt-4o") == read_prices().of("openai:gpt-4o")


def test_without_a_table_of_ones_own_there_are_those_of_the_package(tmp_path: Path) -> None:
    assert read_prices(tmp_path / "prices.toml") == read_prices()


def test_the_table_that_the_environment_names_goes_before_the_callers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = tmp_path / "named.toml"
    named.write_text(OWN.format(name='"openai:x"'), encoding="utf-8")
    monkeypatch.setenv("BILLP_PRICES", str(named))
    prices = read_prices(table(tmp_path, OWN.format(name='"openai:y"')))
    assert prices.of("openai:x") == Price(1.0, 0.5, 2.0)
    assert prices.of("openai:y") is None


def test_a_table_that_the_caller_names_goes_before_that_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BILLP_PRICES", str(tmp_path / "none.toml"))
    prices = read_prices(named=table(tmp_path, OWN.format(name='"openai:x"')))
    assert prices.of("openai:x") == Price(1.0, 0.5, 2.0)


@pytest.mark.parametrize("by_variable", [True, False])
def test_a_table_that_is_named_must_be_there(
    by_variable: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "none.toml"
    if by_variable:
        monkeypatch.setenv("BILLP_PRICES", str(path))
    with pytest.raises(ModelError, match=r"none\.toml cannot be read: No such file"):
        read_prices(named=None if by_variable else path)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[m]\ninput = 1\ncached = 1\n", "'m' must have input, cached, output and nothing else"),
        ("[m]\n", "'m' must have input, cached, output and nothing else"),
        (OWN.format(name="m") + "total = 3\n", "'m' must have .*: total: .*, not 3"),
        ("m = 3\n", "'m' must have input, cached, output and nothing else.*, not 3"),
        ('[m]\ninput = "1"\ncached = 1\noutput = 1\n', "'m' must have .* USD .*input: .*, not 1"),
        ("[m]\ninput = true\ncached = 1\noutput = 1\n", "'m' must have .*input: .*, not True"),
        ("[m]\ninput = -1\ncached = 1\noutput = 1\n", "'m' .* 0 or more: input: .*, not -1"),
        ("[m]\ninput = 1\ncached = nan\noutput = 1\n", "'m' .*cached: .*, not nan"),
        ("[m]\ninput = 1\ncached = 1\noutput = inf\n", "'m' .*output: .*, not inf"),
        ("[m]\ninput = 1\ncached = 1\noutput = 1e999\n", "'m' .*output: .*, not inf"),
        (f"[m]\ninput = 1\ncached = 1\noutput = 1{'0' * 400}\n", "'m' .*output: "),
        ("[openai:m]\ninput = 1\n", r"is not TOML: .*line 1"),
        ("[" * 5000, "is not TOML"),
    ],
)
def test_a_malformed_table_is_refused_in_one_line_that_names_it(
    text: str, told: str, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match=told) as refusal:
        read_prices(table(tmp_path, text))
    assert str(refusal.value).startswith(f"price table {tmp_path / 'prices.toml'}")
    assert "\n" not in str(refusal.value)


def test_a_table_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "prices.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ModelError, match="is not TOML"):
        read_prices(tmp_path / "prices.toml")


def test_a_million_tokens_of_a_kind_cost_its_price() -> None:
    price = Price(input=2.0, cached=0.5, output=8.0)
    assert price.cost(Tokens(10**6, 0)) == 2.0
    assert price.cost(Tokens(10**6, 0, cached=10**6)) == 0.5
    assert price.cost(Tokens(0, 10**6)) == 8.0


@given(st.builds(Price, amounts, amounts, amounts), counts, counts, st.floats(0, 1))
def test_calls_cost_together_what_each_costs(
    price: Price, asked: int, said: int, share: float
) -> None:
    one = Tokens(asked, said, cached=int(share * asked))
    both = Tokens(2 * one.input, 2 * one.output, cached=2 * one.cached)
    assert price.cost(both) == pytest.approx(2 * price.cost(one))
