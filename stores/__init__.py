"""The stores: embeddings, Chroma, and the three memories kept in it."""

from stores.embeddings import Embedder, SentenceEmbedder, default_embedder, squared_distances
from stores.errors import StoreError, StoreInUseError, WrongWeightsError
from stores.exports import by_age, read_export, write_export
from stores.folder import MemoryFolder
from stores.inspection import Overview, embedding_in, memory_folders, overview, read_memories
from stores.journal_lines import to_json
from stores.memories import CAPACITY, Memories
from stores.opening import in_memory, server
from stores.rows import (
    MEMORIES,
    ROUNDS_PER_TICK,
    USED_BY,
    Entry,
    Hit,
    Lessons,
    MemoryName,
    Row,
    experience,
    merge,
    reflection,
    round_of,
    tick_of,
    value,
)
from stores.schema import BadRowError, check_row
from stores.sources import Origin, Source, Withdrawn, episode_of, origin_of
from stores.utility import Expectation, expectation, is_retired, uses, utility, went_well
from stores.vector_cache import embed_cached
from stores.weights import DEFAULT_EMBEDDING
from stores.words.facts import fact_in_words, moment_of, time_in_words
