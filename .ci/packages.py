"""`make lock` and `make audit`: hashes of the pinned packages, and what is known against them.

python .ci/packages.py lock    writes requirements.lock, with a hash for each file
python .ci/packages.py audit   asks pip-audit about constraints.txt
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
CONSTRAINTS, LOCK = ROOT / "constraints.txt", ROOT / "requirements.lock"
INSTALL = f"{sys.executable} -m pip install pip-audit"
HEADER = """\
# Made by `make lock`: the files that pip takes on this machine, with their hashes. On others of its
# kind: pip install --require-hashes -r requirements.lock && pip install --no-deps -e .
"""


def lock() -> int:
    """Has pip resolve everything without installing it, and keeps the hashes that it found."""
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet"]
    command += ["--constraint", str(CONSTRAINTS), "--report", "-", "--editable", f"{ROOT}[dev]"]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    LOCK.write_text(locked(json.loads(done.stdout)))
    print(f"{LOCK.name} has {LOCK.read_text().count('--hash=')} packages")
    return 0


def locked(report: Mapping[str, Any]) -> str:
    """The lines of a lock file from pip's report; the project itself, a folder, has no hash."""
    lines = []
    for one in report["install"]:
        hashes = one["download_info"].get("archive_info", {}).get("hashes", {})
        if "sha256" in hashes:
            pinned = f"{one['metadata']['name']}=={one['metadata']['version']}"
            lines.append(f"{pinned} --hash=sha256:{hashes['sha256']}\n")
    return HEADER + "".join(sorted(lines, key=str.lower))


def audit() -> int:
    """1 if a pinned package has a known vulnerability; says why where that cannot be told."""
    found = shutil.which("pip-audit", path=str(Path(sys.executable).parent)) or shutil.which(
        "pip-audit"
    )
    if found is None:
        print(f"skipped: pip-audit is not installed: {INSTALL}")
        return 0
    command = [found, "--disable-pip", "--no-deps", "--requirement", str(CONSTRAINTS)]
    command += ["--format", "json", "--progress-spinner", "off"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    code, lines = judged(done.stdout, done.stderr)
    print("\n".join(lines))
    return code


def judged(out: str, said: str) -> tuple[int, list[str]]:
    """The exit code and what to print of pip-audit's output.

    Where its source answers for no package, pip-audit itself says that nothing is known.
    """
    try:
        packages = json.loads(out)["dependencies"]
    except (ValueError, KeyError, TypeError):
        last = said.strip().splitlines()[-1:] or ["no answer"]
        return 0, [f"skipped: no advisories can be had here ({last[0]})"]
    known = [one for one in packages if "skip_reason" not in one]
    if not known:
        return 0, ["skipped: no advisories can be had here (none of the packages is known there)"]
    lines = [
        f"{one['name']} {one['version']}: {each['id']}, fixed in "
        f"{', '.join(each['fix_versions']) or 'no version'}"
        for one in known
        for each in one["vulns"]
    ]
    asked = f"{len(known)} of {len(packages)} packages were looked up"
    return int(bool(lines)), [*lines, f"{asked}: {len(lines)} known vulnerabilities"]


if __name__ == "__main__":
    sys.exit({"lock": lock, "audit": audit}[sys.argv[1]]())
