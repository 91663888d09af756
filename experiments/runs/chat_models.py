"""Which chat model speaks for which role of a variant."""

from experiments.runs.variants import Variant
from models import ROLES, Role

OFFLINE_NOTE = (
    "'offline' is a rule-based stand-in for trying things out: its figures show that the "
    "machinery works, not what a language model would reach."
)


def chat_models(variant: Variant) -> dict[Role, str]:
    """The chat model of each role that the variant's arm has; a policy has none."""
    arm, changes = variant.arm, variant.changes
    if arm is None:
        return {}
    speaks = {"planner": arm.plans, "critic": arm.criticises, "reflector": arm.reflects}
    return {
        role: changes.get(f"{role}_model") or changes.get("model") or variant.model or ""
        for role in ROLES
        if speaks.get(role, True)
    }
