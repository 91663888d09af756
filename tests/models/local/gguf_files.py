"""Writes GGUF files: headers of any kind, and a tiny model of random weights that can be served."""

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ALIGNMENT = 32
WIDTH, HEADS, INNER = 32, 2, 64
TEMPLATE = "{% for message in messages %}{{ message['content'] }}\n{% endfor %}"
VOCABULARY = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
NORMAL, UNKNOWN, CONTROL, BYTE = 1, 2, 3, 6

Tensors = Mapping[str, NDArray[np.float32]]


def chatting(**changes: Any) -> dict[str, Any]:
    """The metadata of the tiny model; None leaves an entry out."""
    said = {
        "general.architecture": "llama",
        "llama.block_count": 1,
        "llama.context_length": 4096,
        "llama.embedding_length": WIDTH,
        "llama.feed_forward_length": INNER,
        "llama.attention.head_count": HEADS,
        "llama.attention.layer_norm_rms_epsilon": 1e-5,
        "tokenizer.ggml.model": "llama",
        "tokenizer.ggml.tokens": VOCABULARY,
        "tokenizer.ggml.scores": [0.0] * len(VOCABULARY),
        "tokenizer.ggml.token_type": [UNKNOWN, CONTROL, CONTROL, *[BYTE] * 256],
        "tokenizer.ggml.bos_token_id": 1,
        "tokenizer.ggml.eos_token_id": 2,
        "tokenizer.chat_template": TEMPLATE,
    } | {name.replace("__", "."): value for name, value in changes.items()}
    return {name: value for name, value in said.items() if value is not None}


def weights() -> Tensors:
    """Random weights of one layer."""
    random, layer = np.random.default_rng(0), "blk.0"
    shapes = {
        "token_embd": (len(VOCABULARY), WIDTH),
        "output_norm": (WIDTH,),
        f"{layer}.attn_norm": (WIDTH,),
        **{f"{layer}.attn_{name}": (WIDTH, WIDTH) for name in ("q", "k", "v", "output")},
        f"{layer}.ffn_norm": (WIDTH,),
        f"{layer}.ffn_gate": (INNER, WIDTH),
        f"{layer}.ffn_up": (INNER, WIDTH),
        f"{layer}.ffn_down": (WIDTH, INNER),
    }
    return {
        f"{name}.weight": random.normal(size=shape).astype(np.float32)
        for name, shape in shapes.items()
    }


def write_gguf(path: Path, metadata: Mapping[str, Any], tensors: Tensors) -> Path:
    """A file with this header and these tensors."""
    header = [b"GGUF", struct.pack("<IQQ", 3, len(tensors), len(metadata))]
    header += [_text(name) + _typed(value) for name, value in metadata.items()]
    data = b""
    for name, tensor in tensors.items():
        sizes = struct.pack(f"<{tensor.ndim}Q", *reversed(tensor.shape))
        header.append(_text(name) + struct.pack("<I", tensor.ndim) + sizes)
        header.append(struct.pack("<IQ", 0, len(data)))  # 0: 32-bit floats
        data += _padded(tensor.tobytes())
    path.write_bytes(_padded(b"".join(header)) + data)
    return path


def _typed(value: Any, *, signed: bool = False) -> bytes:
    if isinstance(value, list):
        packed = [_typed(item, signed=True) for item in value]
        return (
            struct.pack("<I", 9) + packed[0][:4] + _count(value) + b"".join(p[4:] for p in packed)
        )
    if isinstance(value, str):
        return struct.pack("<I", 8) + _text(value)
    if isinstance(value, float):
        return struct.pack("<If", 6, value)
    return struct.pack("<II", 5 if signed else 4, value)


def _text(text: str) -> bytes:
    return _count(text.encode()) + text.encode()


def _count(items: Any) -> bytes:
    return struct.pack("<Q", len(items))


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % ALIGNMENT)
