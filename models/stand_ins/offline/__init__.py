"""A rule-based chat model for trying, testing and debugging without a key or a network.

It reads only the prompt it is given, as a real model does, and answers in each role's format.
Its replies are a pure function of prompt and seed. It shows that the machinery works; what it
scores says nothing about what a language model would.
"""

from models.roles import Role
from models.stand_ins.offline.actor import act
from models.stand_ins.offline.critic import value
from models.stand_ins.offline.planner import plan
from models.stand_ins.offline.reading import Dice, items, rounds, text_under
from models.stand_ins.offline.reflector import reflect
from models.stand_ins.rule_based import RuleBasedChatModel


class OfflineChatModel(RuleBasedChatModel):
    """Answers in the role's format from what the prompt holds."""

    model_name: str = "offline"
    seed: int = 0

    def answer(self, role: Role, prompt: str) -> str:
        """See `reply`."""
        return reply(role, prompt, self.seed)


def reply(role: Role, prompt: str, seed: int) -> str:
    """The answer to a prompt."""
    dice = Dice(seed, prompt)
    before, told = text_under(prompt, "Viewed before"), text_under(prompt, "This session")
    viewed, session = items(before), rounds(prompt)
    match role:
        case "planner":
            genres, principles = (text_under(prompt, name) for name in ("Genres", "Principles"))
            # the words of a principle are no source of chance: only its counts may change a plan
            return plan(viewed, session, genres, principles, Dice(seed, before + told))
        case "actor":
            return act(session, prompt, dice)
        case "critic":
            return value(session, prompt)
        case "reflector":
            return reflect(session, text_under(prompt, "Counted"))
