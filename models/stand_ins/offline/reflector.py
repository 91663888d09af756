"""The stand-in as Reflector."""

from collections.abc import Sequence

from models.stand_ins.offline.reading import Dice, Shown

WINDOW = 4
STAYED = (
    "The user stayed to the end. Keep rotating through the genres that were received well, and let "
    "each rest before it returns."
)
TOO_CLOSE = (
    "The last pick was too close to recent ones. Rotate genres: let at least four rounds pass "
    "before one returns, even a favourite.",
    "The user tired of similar picks. Spread the favourites out and alternate genres on purpose, "
    "so that neighbours in the list differ.",
)
NOT_LIKED = (
    "The last pick missed the user's taste. Vary only among genres that were received well or "
    "viewed often, and explore one step at a time.",
    "A strange genre cost the user's patience. Keep to favourites and rotate among them; leave "
    "rarely viewed genres alone.",
)


def reflect(session: Sequence[Shown], dice: Dice) -> str:
    """Why the user left, as far as the session shows, and a principle against it."""
    if not session or session[-1].rating is not None:
        return STAYED
    lately = {genre for shown in session[-1 - WINDOW : -1] for genre in shown.genres}
    return dice.pick(TOO_CLOSE if lately & set(session[-1].genres) else NOT_LIKED)
