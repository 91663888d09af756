"""How long the input of an episode or a training may be: what is longer is refused as a whole."""

from collections.abc import Mapping
from typing import Any

LONGEST_NAME = 200
MOST_TITLES, LONGEST_TITLE = 1000, 1000
MOST_EPISODES, LARGEST_BATCH = 100_000, 10_000
LATEST_START = 2**52  # leaves room for a thousand rounds in the 63 bits that Chroma stores


def input_problem(given: Mapping[str, Any]) -> str | None:
    """What to tell a caller whose input is too long; types are checked where they are used."""
    for name in ("user", "episode", "name"):
        text = given.get(name)
        if isinstance(text, str) and len(text) > LONGEST_NAME:
            return f"{name} has {len(text)} characters: at most {LONGEST_NAME} are possible"
    viewed = given.get("viewed")
    if isinstance(viewed, list):
        if len(viewed) > MOST_TITLES:
            return f"viewed has {len(viewed)} titles: give the last {MOST_TITLES} at most"
        if any(isinstance(title, str) and len(title) > LONGEST_TITLE for title in viewed):
            return f"viewed holds a title of more than {LONGEST_TITLE} characters: shorten it"
    users, episodes = given.get("users"), given.get("episodes")
    asked = len(users) if isinstance(users, list) else episodes if isinstance(episodes, int) else 0
    if asked > MOST_EPISODES:
        return f"a training of {asked} episodes: at most {MOST_EPISODES} are possible"
    return None
