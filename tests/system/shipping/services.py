"""The services of compose.yaml as processes of this machine: their commands as written there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from tests.system.processes import ROOT

NAMED = re.compile(r"\$\{(\w+)(?::?([-?])([^}]*))?\}")
OWN_COMMAND = re.compile(r"^.*\bCMD (\[.*\])$", re.MULTILINE)


@dataclass(frozen=True)
class Service:
    """What a container of the service would run."""

    command: list[str]
    environment: dict[str, str]
    health: list[str]


def compose() -> dict[str, Any]:
    """The file as it is."""
    parsed: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return parsed


def service(name: str, given: Mapping[str, str], here: Mapping[str, str]) -> Service:
    """A service with the variables that compose was given, at places of this machine.

    `here` maps texts of the file, such as a folder of the container, to those to be used instead.
    """
    found = compose()["services"][name]
    own_health, own_command = commands_of_image()
    command = found.get("command") or own_command
    check = found["healthcheck"]["test"][1:] if "healthcheck" in found else own_health
    settings = found.get("environment", {})

    def placed(text: object) -> str:
        filled = NAMED.sub(lambda match: value(match, given), str(text))
        for before, after in here.items():
            filled = filled.replace(before, after)
        return filled

    return Service(
        [placed(word) for word in command],
        {key: placed(text) for key, text in settings.items()},
        [placed(word) for word in check],
    )


def value(match: re.Match[str], given: Mapping[str, str]) -> str:
    """A variable's value, as compose fills it in."""
    variable, kind, word = match.groups()
    if given.get(variable):
        return given[variable]
    assert kind != "?", f"{variable}: {word}"
    return word or ""


def commands_of_image() -> tuple[list[str], list[str]]:
    """The health check and the command of the Dockerfile."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", "")
    found = OWN_COMMAND.findall(text)
    health, command = (yaml.safe_load(words) for words in found)
    return health, command
