"""Plays the sessions of docs/trajectories and writes the page that tells them.

python docs/programs/trajectories.py          plays them anew, then writes the page
python docs/programs/trajectories.py page     writes the page of the sessions that are there
"""

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from experiments import compare
from simulator import load_world

FOLDER = Path(__file__).resolve().parents[1] / "trajectories"
PAGE = FOLDER / "index.md"
ARMS = {
    "offered-random": "any of the ten candidates",
    "react": "plans, and learns nothing",
    "billp": "all four roles, after 12 sessions to learn from",
}
USERS = 3
CAUSES = {
    "similar": "left over an item like a recent one",
    "disliked": "left over an item rated below 2",
    "repeated": "left over an item shown before",
}
TOP = """\
# Played sessions

Whole sessions as a run records them, to be read here or by a program: {users} users of the world
[demo](../cards/demo.md), each played by three methods with the embedded stand-in
[offline](../cards/models.md#offline-the-stand-in), frozen, on the test half, for at most 30 rounds.
`python docs/programs/trajectories.py` plays them and writes this page. They show how a session goes; for figures
see [results.md](../results.md).

| file | method | |
|---|---|---|
{files}

A line of a file is a session, the same as in `episodes.jsonl` of a run:

```python
import json
from pathlib import Path

for line in Path("docs/trajectories/billp.jsonl").read_text().splitlines():
    session = json.loads(line)
    print(session["user"], [(step["item"], step["reward"]) for step in session["steps"]][:3])
```

| field | what |
|---|---|
| `user`, `history` | the user's number, and what they had viewed before |
| `steps` | a round each: thought and plan of the Planner, reply of the Actor, the `item` that it was grounded to, `reward` (the true rating), `quit` (why the user left), `evidence` (played rounds that the candidates' lines are counted from) |
| `verdicts` | the Critic's V(s) and V(s'), the advantage, and the situation that it judged |
| `recalls`, `principles` | what Critic and Planner were given from memory, with squared distances |
| `reflection`, `reflection_fields` | what the Reflector made of the session |
| `usage` | calls and tokens of each role |
| `cause` | why the session ended; `null` where the cap of rounds cut it off |
"""


def play() -> None:
    """Plays a small comparison, and keeps the first sessions that were evaluated."""
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        compare(
            arms=list(ARMS),
            train_episodes=12,
            episodes=6,
            batch=4,
            rounds=30,
            seeds=1,
            out=run,
            report=False,
        )
        for arm in ARMS:
            text = (run / "cells" / f"{arm}.0" / "episodes.jsonl").read_text(encoding="utf-8")
            played = [one for one in map(json.loads, text.splitlines()) if one["phase"] == "frozen"]
            played.sort(key=lambda record: record["number"])
            lines = [json.dumps(one, ensure_ascii=False) + "\n" for one in played[:USERS]]
            (FOLDER / f"{arm}.jsonl").write_text("".join(lines), encoding="utf-8")


def read(arm: str) -> list[dict[str, Any]]:
    """The sessions of a method."""
    text = (FOLDER / f"{arm}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def page() -> str:
    """The page of all sessions, user by user."""
    files = "\n".join(f"| [{arm}.jsonl]({arm}.jsonl) | `{arm}` | {ARMS[arm]} |" for arm in ARMS)
    parts = [TOP.format(users=USERS, files=files)]
    for sessions in zip(*map(read, ARMS), strict=True):
        parts.extend(user_part(sessions))
    return "\n".join(parts)


def user_part(sessions: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What a user had viewed, and each method's session with them."""
    yield f"## User {sessions[0]['user']}\n"
    yield f"Viewed before: {', '.join(sessions[-1]['history'])}.\n"
    for session in sessions:
        yield f"### `{session['variant']}` with user {session['user']}\n"
        yield from session_part(session)


def session_part(session: Mapping[str, Any]) -> Iterator[str]:
    """How it ended, its rounds, and what was made of it."""
    steps = session["steps"]
    ratings = [step["reward"] for step in steps]
    ended = CAUSES.get(session["cause"], "stayed to the cap")
    yield (
        f"{len(steps)} rounds, mean rating {sum(ratings) / len(ratings):.2f}, in all "
        f"{sum(ratings):.0f}; the user {ended}.\n"
    )
    for one in session["principles"]:
        yield f"- The Planner was told: {one['text']}"
    if session["principles"]:
        yield ""
    yield '<details markdown="1"><summary>The rounds</summary>\n'
    yield from round_table(session)
    yield "\n</details>\n"
    if session["reflection"]:
        yield f"The Reflector's principle: {session['reflection']}\n"


def round_table(session: Mapping[str, Any]) -> Iterator[str]:
    """A row a round; columns of roles that the method lacks are left out."""
    catalogue = load_world("demo").catalogue
    genres = dict(zip(catalogue.titles, catalogue.genres, strict=True))
    verdicts = {one["round"]: one for one in session["verdicts"]}
    plans = any(step["plan"] for step in session["steps"])
    columns = ["", "item", "genres", "rating"]
    columns += ["V(s)", "advantage"] * bool(verdicts) + ["plan"] * plans
    yield f"| {' | '.join(columns)} |"
    yield f"|{'---|' * len(columns)}"
    for step in session["steps"]:
        cells = [step["round"], step["item"], ", ".join(genres[step["item"]])]
        cells.append(f"{step['reward']:.1f}")
        if verdicts:
            judged = verdicts[step["round"]]
            cells += [f"{judged['value']:.1f}", f"{judged['advantage']:+.1f}"]
        if plans:
            cells.append(step["thought"])
        yield f"| {' | '.join(map(str, cells))} |"


def main() -> None:
    """Plays, unless only the page is wanted."""
    match sys.argv[1:]:
        case []:
            play()
        case ["page"]:
            pass
        case _:
            sys.exit(__doc__)
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
