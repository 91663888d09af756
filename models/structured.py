"""Schemas that a server can hold replies to; readers take replies with and without them."""

from collections.abc import Mapping
from typing import Any

from models.prompt import Role

FIELDS: Mapping[Role, tuple[str, str, str]] = {
    "planner": ("thought", "string", "the plan, in at most three sentences"),
    "actor": ("action", "string", "recommend[title]"),
    "critic": ("value", "number", "the value of the situation"),
    "reflector": ("reflection", "string", "two or three sentences"),
}


def response_format(role: Role) -> dict[str, Any]:
    """A JSON object with one field, which is what the role is asked for."""
    name, kind, meaning = FIELDS[role]
    schema = {
        "type": "object",
        "properties": {name: {"type": kind, "description": meaning}},
        "required": [name],
        "additionalProperties": False,
    }
    described = {"name": name, "schema": schema, "strict": True}
    return {"type": "json_schema", "json_schema": described}
