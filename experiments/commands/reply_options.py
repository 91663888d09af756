"""Options of how chat models are asked for replies, wherever a command takes a model."""

import argparse
from collections.abc import Mapping

from experiments.errors import nearest

ROLES, LARGEST_BOUND = ("planner", "actor", "critic", "reflector"), 1_000_000
USUAL_BOUNDS = "planner=160,actor=48,critic=32,reflector=200"  # models are not loaded to say so
WAYS_TO_CHOOSE = ("number", "title")


def add_reply_options(
    parser: argparse.ArgumentParser, *, tell_given: bool = False, usual: str = ""
) -> None:
    """How replies are asked for; with `tell_given`, an option that is not given is None.

    `usual` says in the help what such an option means, where that is no fixed default.
    """
    parser.add_argument(
        "--choose",
        choices=WAYS_TO_CHOOSE,
        help="how the Actor names its choice: by a candidate's number or, as in the paper, by "
        f"title (default: {usual or 'number'})",
    )
    parser.add_argument(
        "--structured",
        action=argparse.BooleanOptionalAction,
        help="hold numbers and the Reflector's form to a JSON schema, where the server keeps "
        f"to one (default: {usual or 'on'})",
    )
    parser.add_argument(
        "--thinking",
        action=argparse.BooleanOptionalAction,
        help="whether models that can think before they answer do (default: "
        f"{usual or 'as the server has it'})",
    )
    parser.add_argument(
        "--reply-tokens",
        type=reply_tokens,
        metavar="ROLE=N,...",
        help="the tokens that a reply of these roles may have, or one number for all roles "
        f"(default: {usual or USUAL_BOUNDS})",
    )
    if not tell_given:
        parser.set_defaults(choose="number", structured=True)


def reply_tokens(text: str) -> Mapping[str, int]:
    """The bounds of the roles that are named; a number alone is that of each role."""
    if text.strip().isdecimal():
        return dict.fromkeys(ROLES, _bound(text))
    bounds = dict[str, int]()
    for entry in text.split(","):
        role, sign, tokens = (part.strip() for part in entry.partition("="))
        if not sign:
            raise argparse.ArgumentTypeError(
                f"expected ROLE=NUMBER with commas between them, or one number, got {entry!r}"
            )
        if role not in ROLES:
            raise argparse.ArgumentTypeError(f"unknown role {role!r}: {nearest(role, ROLES)}")
        if role in bounds:
            raise argparse.ArgumentTypeError(f"{role} is given twice: {text!r}")
        bounds[role] = _bound(tokens, f"{role}: ")
    return bounds


def _bound(text: str, place: str = "") -> int:
    if not text.strip().isdecimal() or not 1 <= int(text) <= LARGEST_BOUND:
        raise argparse.ArgumentTypeError(
            f"{place}expected a number from 1 to {LARGEST_BOUND}, got {text!r}"
        )
    return int(text)
