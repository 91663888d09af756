"""Options from a TOML file: `--config run.toml`; those on the command line win."""

import argparse
import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from experiments.errors import RunError, nearest

CONFIG = "config"


class Option(NamedTuple):
    """An option, and whether it may be given several times."""

    action: argparse.Action
    repeated: bool


def defaults_from(words: Sequence[str], options: Mapping[str, Option]) -> dict[str, Any]:
    """The defaults that the file named by `--config` among the words gives, by destination."""
    path = _path_among(words)
    if path is None:
        return {}
    try:
        text = path.read_text(encoding="utf-8")
        content = tomllib.loads(text)
    except OSError as error:
        raise RunError(f"config file {path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise RunError(f"config file {path} is not TOML: {error}") from error
    defaults = dict[str, Any]()
    for name, value in content.items():
        place, option = f"{path}{_line_of(name, text)}", options.get(name.replace("_", "-"))
        if option is None:
            raise RunError(f"{place}: unknown setting {name!r}: {nearest(name, options)}")
        try:
            defaults[option.action.dest] = _parsed(option, value)
        except (argparse.ArgumentTypeError, ValueError) as error:
            raise RunError(f"{place}: {name}: {error}") from error
        option.action.required = False
    return defaults


def to_toml(settings: Mapping[str, Any]) -> str:
    """The settings as a file that `--config` reads; what is None is left out."""
    return "".join(
        f"{name} = {_toml_value(value)}\n" for name, value in settings.items() if value is not None
    )


def _toml_value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml_value, value))}]"
    if isinstance(value, str):  # a JSON string is a TOML string but for this one character
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(value)


def _path_among(words: Sequence[str]) -> Path | None:
    finder = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    finder.add_argument(f"--{CONFIG}", type=Path)
    try:
        found: Path | None = finder.parse_known_args(list(words))[0].config
    except argparse.ArgumentError:  # no value behind it: the command's own parser says so
        return None
    return found


def _line_of(name: str, text: str) -> str:
    """` line 3`, or nothing where the setting does not begin a line."""
    for number, line in enumerate(text.splitlines(), start=1):
        if re.match(rf"""\s*\[?\s*["']?{re.escape(name)}["']?\s*[=.\]]""", line):
            return f" line {number}"
    return ""


def _parsed(option: Option, value: Any) -> Any:
    """The value as its option would give it."""
    if option.action.nargs == 0:
        if not isinstance(value, bool):
            raise ValueError(f"expected true or false, got {value!r}")
        return value
    texts = list(_texts(value))
    if option.repeated:
        return [_converted(option.action, text) for text in texts]
    return _converted(option.action, ",".join(texts))


def _converted(action: argparse.Action, text: str) -> Any:
    convert: Any = action.type or str
    value = convert(text)
    if action.choices is not None and value not in action.choices:
        raise ValueError(f"expected one of {', '.join(map(str, action.choices))}, got {text!r}")
    return value


def _texts(value: Any) -> Iterator[str]:
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, bool) or not isinstance(one, str | int | float):
            raise ValueError(f"expected a text, a number or a list of texts, got {value!r}")
        yield str(one)
