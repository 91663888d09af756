"""A reply that has to be of some form: as a JSON schema, and whether it is kept.

Prompts ask for a bare number, or for lines. So the first reply already shows whether a server
enforces the schema or only accepts it: an object comes from nowhere else.
"""

import json
from typing import Any

from models.call import Reply
from models.form import Form, FormField

NAME = "answer"
IGNORED = "takes a JSON schema and does not keep to it, so it is asked without"
KINDS = {int: "integer", float: "number", str: "string", type(None): "null"}


def form_schema(form: Form) -> dict[str, Any]:
    """An object with the fields of this form, in their order."""
    return {
        "type": "object",
        "properties": {field.name: _field_schema(field) for field in form.fields},
        "required": [field.name for field in form.fields],
        "additionalProperties": False,
    }


def response_format(form: Form) -> dict[str, Any]:
    """The schema as OpenAI's interface takes it."""
    described = {"name": NAME, "schema": form_schema(form), "strict": True}
    return {"type": "json_schema", "json_schema": described}


def is_ignored(form: Form, reply: Reply) -> bool:
    """Whether a whole reply is not what the schema of this form allows."""
    if reply.finish_reason not in (None, "stop") or not reply.text.strip():
        return False
    try:
        said = json.loads(reply.text)
        return not all(_is_allowed(field, said[field.name]) for field in form.fields)
    except (ValueError, LookupError, TypeError):
        return True


def _field_schema(field: FormField) -> dict[str, Any]:
    kinds = {KINDS[type(option)] for option in field.options} or {"string"}
    if "number" in kinds:
        kinds.discard("integer")
    one: dict[str, Any] = {"type": sorted(kinds) if len(kinds) > 1 else kinds.pop()}
    if field.options:
        one["enum"] = list(field.options)
    if field.at_most is None:
        return one
    return {"type": "array", "items": one, "maxItems": field.at_most}


def _is_allowed(field: FormField, said: Any) -> bool:
    """Whether what was said in a field is among its options; a longer list does no harm."""
    if field.at_most is None:
        return said in field.options if field.options else isinstance(said, str)
    return isinstance(said, list) and all(
        _is_allowed(FormField(field.name, field.options), one) for one in said
    )
