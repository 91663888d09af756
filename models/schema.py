"""A reply that may be nothing but one of some numbers: as a JSON schema, and whether it is kept.

Prompts ask for the number alone. So the first reply already shows whether a server enforces the
schema or only accepts it: an object comes from nowhere else.
"""

import json
from collections.abc import Sequence
from typing import Any

from models.call import Reply

FIELD = "answer"
IGNORED = "takes a JSON schema and does not keep to it, so it is asked without"


def number_schema(numbers: Sequence[float]) -> dict[str, Any]:
    """An object with one field, which is one of these numbers."""
    listed = [int(number) if number == int(number) else number for number in numbers]
    kind = "integer" if all(isinstance(number, int) for number in listed) else "number"
    return {
        "type": "object",
        "properties": {FIELD: {"type": kind, "enum": listed}},
        "required": [FIELD],
        "additionalProperties": False,
    }


def response_format(numbers: Sequence[float]) -> dict[str, Any]:
    """The schema as OpenAI's interface takes it."""
    described = {"name": FIELD, "schema": number_schema(numbers), "strict": True}
    return {"type": "json_schema", "json_schema": described}


def is_ignored(numbers: Sequence[float], reply: Reply) -> bool:
    """Whether a whole reply is not what the schema allows."""
    if reply.finish_reason not in (None, "stop") or not reply.text.strip():
        return False
    try:
        return json.loads(reply.text)[FIELD] not in numbers
    except (ValueError, LookupError, TypeError):
        return True
