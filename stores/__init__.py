"""The stores: embeddings, Chroma, and the three memories kept in it."""

from stores.embeddings import DEFAULT_EMBEDDING, Embedder, SentenceEmbedder, squared_distances
from stores.errors import StoreError, StoreInUseError, WrongWeightsError
from stores.folder import MemoryFolder
from stores.index import Hit, in_memory, server
from stores.memories import CAPACITY, Memories
from stores.rows import (
    MEMORIES,
    Lessons,
    MemoryName,
    Row,
    experience,
    reflection,
    value,
)

__all__ = [
    "CAPACITY",
    "DEFAULT_EMBEDDING",
    "MEMORIES",
    "Embedder",
    "Hit",
    "Lessons",
    "Memories",
    "MemoryFolder",
    "MemoryName",
    "Row",
    "SentenceEmbedder",
    "StoreError",
    "StoreInUseError",
    "WrongWeightsError",
    "experience",
    "in_memory",
    "reflection",
    "server",
    "squared_distances",
    "value",
]
