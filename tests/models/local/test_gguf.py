"""A model file is refused before it is loaded if its header is not sound or its end is missing."""

import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import ModelError
from models.local.gguf import read_header
from tests.models.local.gguf_files import HEADS, TEMPLATE, WIDTH, chatting, weights, write_gguf

KEY = struct.pack("<Q", 1) + b"k"


def with_header(path: Path, pairs: bytes, count: int = 1, version: int = 3) -> Path:
    """A file without tensors, with these bytes as its metadata."""
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", version, 0, count) + pairs)
    return path


def test_it_tells_the_template_the_context_and_what_a_token_takes(tiny: Path) -> None:
    header = read_header(tiny)
    assert (header.chat_template, header.context, header.parts) == (TEMPLATE, 4096, 1)
    assert header.size == tiny.stat().st_size
    assert header.token_bytes == HEADS * 2 * (WIDTH // HEADS) * 2  # keys and values, 16 bits each


def test_shared_heads_of_single_layers_are_counted(tmp_path: Path) -> None:
    changes = {"llama__attention__head_count_kv": [1, 2, 1], "llama__attention__key_length": 8}
    path = write_gguf(tmp_path / "m.gguf", chatting(**changes), {})
    assert read_header(path).token_bytes == 4 * (8 + WIDTH // HEADS) * 2


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "begins with b''"),
        (b"PK\x03\x04" + bytes(100), "begins with b'PK"),
        (b"<!DOCTYPE html>", "begins with b'<!DO'"),
        (b"GGUF", "does not end within 4 bytes"),
        (b"GGUF" + struct.pack("<IQQ", 1, 0, 0), "version 1"),
        (b"GGUF" + struct.pack(">IQQ", 3, 0, 0), "version 50331648"),
    ],
)
def test_what_is_no_gguf_is_refused(content: bytes, why: str, tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="is no GGUF file") as refused:
        read_header(path)
    assert why in str(refused.value)


def test_a_file_that_was_cut_off_is_refused_wherever_that_was(tiny: Path, tmp_path: Path) -> None:
    whole, cut = tiny.read_bytes(), tmp_path / "cut.gguf"
    for size in range(0, len(whole), 501):
        cut.write_bytes(whole[:size])
        with pytest.raises(ModelError, match=r"is no GGUF file|is cut off"):
            read_header(cut)


def test_a_file_without_its_last_weights_is_told_its_size(tiny: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(tiny.read_bytes()[:-1])
    with pytest.raises(ModelError, match=r"has 81,\d+ bytes, and its header tells of 81,\d+; get"):
        read_header(cut)


@pytest.mark.parametrize(
    "pairs",
    [
        struct.pack("<Q", 2**63),  # a key of that length
        KEY + struct.pack("<IQ", 8, 2**64 - 1),  # a text of that length
        KEY + struct.pack("<IIQ", 9, 8, 2**60),  # as many texts
        KEY + struct.pack("<IIQ", 9, 10, 2**61),  # as many numbers
        KEY + struct.pack("<IIQ", 9, 9, 1),  # lists of lists
        KEY + struct.pack("<I", 77),  # a type that does not exist
    ],
)
def test_lengths_and_types_that_cannot_be_are_refused(pairs: bytes, tmp_path: Path) -> None:
    path = with_header(tmp_path / "m.gguf", pairs, count=2**63)
    with pytest.raises(ModelError, match=r"is no GGUF file|is cut off"):
        read_header(path)


def test_a_tensor_of_thousands_of_dimensions_is_refused_before_they_are_multiplied(
    tmp_path: Path,
) -> None:
    path = tmp_path / "m.gguf"
    dimensions = struct.pack("<I", 100_000) + b"\xff" * 800_000
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 1, 0) + KEY + dimensions)
    with pytest.raises(ModelError, match="a tensor of 100,000 dimensions"):
        read_header(path)


@given(st.lists(st.tuples(st.integers(0, 400), st.binary(min_size=1, max_size=8)), max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
def test_damage_in_a_header_is_read_or_refused_and_nothing_else(
    tmp_path: Path, damage: list[tuple[int, bytes]]
) -> None:
    metadata = chatting(tokenizer__ggml__tokens=["a"], tokenizer__ggml__scores=[0.0])
    small = {"output_norm.weight": weights()["output_norm.weight"]}
    content = bytearray(write_gguf(tmp_path / "m.gguf", metadata, small).read_bytes())
    for place, written in damage:
        content[place : place + len(written)] = written
    path = tmp_path / "damaged.gguf"
    path.unlink(missing_ok=True)
    path.write_bytes(content)
    try:
        header = read_header(path)
    except ModelError:
        return
    assert header.size <= len(content)
    assert header.token_bytes >= 0
    assert isinstance(header.chat_template, str)


def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    path = write_gguf(tmp_path / "m.gguf", chatting(), {})
    assert read_header(path).context == 4096
    write_gguf(path, chatting(llama__context_length=51200, general__name="longer"), {})
    assert read_header(path).context == 51200
