"""`make lock` and `make audit` say what was found, and what could not be."""

import json
import runpy
from pathlib import Path
from typing import Any

import pytest

PACKAGES = runpy.run_path(str(Path(__file__).resolve().parents[1] / ".ci" / "packages.py"))
SOUND = {"name": "idna", "version": "3.11", "vulns": []}
OLD = {"name": "idna", "version": "3.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3.7"]}]}
UNKNOWN = {"name": "torch", "skip_reason": "Dependency not found on PyPI"}


@pytest.mark.parametrize(
    ("packages", "code", "told"),
    [
        ([SOUND], 0, ["1 of 1 packages were looked up: 0 known vulnerabilities"]),
        (
            [OLD, UNKNOWN],
            1,
            [
                "idna 3.0: PYSEC-1, fixed in 3.7",
                "1 of 2 packages were looked up: 1 known vulnerabilities",
            ],
        ),
        (
            [UNKNOWN],
            0,
            ["skipped: no advisories can be had here (none of the packages is known there)"],
        ),
    ],
)
def test_an_audit_tells_what_is_known(packages: Any, code: int, told: list[str]) -> None:
    assert PACKAGES["judged"](json.dumps({"dependencies": packages}), "") == (code, told)


def test_an_audit_without_a_network_is_skipped_with_the_reason() -> None:
    code, (line,) = PACKAGES["judged"]("", "Traceback\nConnectionError: no route\n")
    assert code == 0
    assert line == "skipped: no advisories can be had here (ConnectionError: no route)"


def test_a_lock_has_the_hash_of_every_file_and_not_of_the_project() -> None:
    def entry(name: str, info: Any) -> Any:
        return {"metadata": {"name": name, "version": "1.0"}, "download_info": info}

    files = [entry(name, {"archive_info": {"hashes": {"sha256": name * 3}}}) for name in "ba"]
    lock = PACKAGES["locked"]({"install": [*files, entry("billp", {"dir_info": {}})]})
    assert lock.splitlines()[-2:] == ["a==1.0 --hash=sha256:aaa", "b==1.0 --hash=sha256:bbb"]
    assert "billp==" not in lock
