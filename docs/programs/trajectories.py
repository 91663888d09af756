"""Plays the sessions of docs/trajectories, and tells them on the page there.

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
ARMS = ("offered-random", "react", "billp")
USERS = 3
CAUSES = {
    "similar": "left over an item like a recent one",
    "disliked": "left over an item rated below 2",
    "repeated": "left over an item shown before",
}
MARK = "<!-- what follows is written by docs/programs/trajectories.py -->\n"


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
    """The page with all sessions, user by user; its head stays as it is."""
    head, mark, _ = PAGE.read_text(encoding="utf-8").partition(MARK)
    parts = [head + mark]
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
