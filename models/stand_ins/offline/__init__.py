"""A rule-based chat model for trying, testing and debugging without a key or a network.

It reads only the prompt it is given, as a real model does, and answers in each role's format.
Its replies are a pure function of prompt and seed. It shows that the machinery works; what it
scores says nothing about what a language model would.
"""

import re

from models.roles import Role
from models.stand_ins.offline.actor import act
from models.stand_ins.offline.critic import value
from models.stand_ins.offline.planner import plan
from models.stand_ins.offline.reading import Dice, brief, items, rounds, text_under
from models.stand_ins.offline.reflector import reflect
from models.stand_ins.rule_based import RuleBasedChatModel

BOTH = re.compile(r"^You are the Planner and the Critic\.", re.MULTILINE)


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
            luck = Dice(seed, before + told)
            kept = text_under(prompt, "Items that kept").strip()
            said = plan(viewed, session, brief(prompt), genres, principles, kept, luck)
            if not BOTH.search(prompt):
                return said
            return f"{said}\nValue: {value(session, brief(prompt), prompt)}"
        case "actor":
            return act(session, prompt, dice)
        case "critic":
            return value(session, brief(prompt), prompt)
        case "reflector":
            return reflect(session, text_under(prompt, "Counted"))
