"""Rows that each memory may hold, for tests of properties."""

from hypothesis import strategies as st

from stores import MEMORIES, Lessons, MemoryName, Row

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
stamps = st.integers(0, 2**53)
numbers = st.integers(-(2**53), 2**53) | st.floats(-1e300, 1e300)
source = {"episode": texts, "user": st.integers(0, 99) | texts}
facts = {
    "reflections": st.fixed_dictionaries(
        {"at": stamps},
        optional={
            "length": st.integers(0, 99), "reward": st.floats(-1e6, 1e6), "note": texts, **source,
        },
    ),
    "experiences": st.fixed_dictionaries(
        {"at": stamps, "verdict": st.integers(0, 1)},
        optional={"place": texts, "stayed": st.integers(0, 1), "rating": numbers, **source},
    ),
    "values": st.fixed_dictionaries({"at": stamps, "target": st.floats(0, 500)}, optional=source),
}  # fmt: skip
fields = st.dictionaries(texts, texts | numbers | st.lists(texts), max_size=3)


def rows_of(name: MemoryName) -> st.SearchStrategy[Row]:
    """Rows of a memory."""
    entries = st.dictionaries(texts, facts[name], min_size=1, max_size=3)
    own = st.none() | fields if name == "reflections" else st.none()
    return st.builds(Row, texts, entries, stamps, st.none() | texts, own)


lessons = st.builds(
    Lessons,
    texts,
    stamps,
    st.fixed_dictionaries({n: st.lists(rows_of(n), max_size=3).map(tuple) for n in MEMORIES}),
    st.fixed_dictionaries({n: st.lists(texts, max_size=3).map(tuple) for n in MEMORIES}),
    st.none() | st.floats(-1e6, 1e6),
    st.none() | st.integers(0, 99) | texts,
)
