"""Writes ONNX models, without the `onnx` package: a model is one protobuf message."""

import struct
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Dimension = int | str  # a name stands for any size
Attribute = int | float

IR_VERSION, OPSET, FUSED_OPSET = 9, 17, 1
FUSED = "com.microsoft"  # ONNX Runtime's own operators
FLOAT32 = 1  # TensorProto.DataType
ATTRIBUTE_FLOAT, ATTRIBUTE_INT = 1, 2  # AttributeProto.AttributeType


class Graph:
    """A graph of operators on float32 tensors, in order of execution; names of tensors are unique.

    The numbers of fields are those of onnx.proto.
    """

    def __init__(self) -> None:
        self._nodes: list[bytes] = []
        self._weights: list[bytes] = []
        self._count = 0

    def weight(self, array: NDArray[np.float32]) -> str:
        """Adds a constant tensor."""
        name = self._new_name()
        dimensions = [_field(1, size) for size in array.shape]
        data = array.astype("<f4").tobytes()
        tensor = [*dimensions, _field(2, FLOAT32), _field(8, name), _field(9, data)]
        self._weights.append(_field(5, b"".join(tensor)))
        return name

    def node(
        self,
        operator: str,
        inputs: Sequence[str],
        attributes: Mapping[str, Attribute] | None = None,
        domain: str = "",
    ) -> str:
        """Adds an operator; returns the name of its output."""
        name = self._new_name()
        parts = [*(_field(1, tensor) for tensor in inputs), _field(2, name), _field(4, operator)]
        parts += [_attribute(key, value) for key, value in (attributes or {}).items()]
        self._nodes.append(_field(1, b"".join([*parts, _field(7, domain)])))
        return name

    def model(self, inputs: Mapping[str, Sequence[Dimension]], output: str) -> bytes:
        """The model of all nodes, which returns one of their tensors."""
        ends = [_field(11, _tensor_type(name, shape)) for name, shape in inputs.items()]
        ends.append(_field(12, _tensor_type(output)))
        graph = b"".join([*self._nodes, _field(2, "graph"), *self._weights, *ends])
        opsets = [_field(8, _field(2, OPSET)), _field(8, _field(1, FUSED) + _field(2, FUSED_OPSET))]
        return b"".join([_field(1, IR_VERSION), *opsets, _field(7, graph)])

    def _new_name(self) -> str:
        self._count += 1
        return f"t{self._count}"


def _attribute(name: str, value: Attribute) -> bytes:
    if isinstance(value, float):
        return _field(5, _field(1, name) + _field(2, value) + _field(20, ATTRIBUTE_FLOAT))
    return _field(5, _field(1, name) + _field(3, value) + _field(20, ATTRIBUTE_INT))


def _tensor_type(name: str, shape: Sequence[Dimension] | None = None) -> bytes:
    """A ValueInfoProto of float32; without a shape, ONNX Runtime infers it."""
    tensor = _field(1, FLOAT32)
    if shape is not None:
        sizes = [_field(1 if isinstance(size, int) else 2, size) for size in shape]
        tensor += _field(2, b"".join(_field(1, size) for size in sizes))
    return _field(1, name) + _field(2, _field(1, tensor))


def _field(number: int, value: int | float | str | bytes) -> bytes:
    """A protobuf field with its wire type: varint, 32 bits, or bytes with their length."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    if isinstance(value, float):
        return _varint(number << 3 | 5) + struct.pack("<f", value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first."""
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
