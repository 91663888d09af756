"""The wheel and the sdist, built from what git tracks, and a fresh environment with the wheel."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from tests.system.processes import ROOT

PACKAGES = ("baselines", "experiments", "graph", "models", "nodes", "simulator", "stores")


@dataclass(frozen=True)
class Distributions:
    """Both files, and the Python of an environment that has the wheel."""

    wheel: Path
    sdist: Path
    python: Path

    def in_wheel(self) -> set[str]:
        """The files of the wheel, but not those that describe it."""
        with zipfile.ZipFile(self.wheel) as file:
            return {name for name in file.namelist() if ".dist-info/" not in name}

    def unpack_sdist(self, folder: Path) -> Path:
        """The folder that the sdist holds."""
        with tarfile.open(self.sdist) as file:
            file.extractall(folder, filter="data")
        (unpacked,) = folder.iterdir()
        return unpacked


def tracked() -> set[str]:
    """The files that git tracks, and that are there."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return {name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()}


def build(folder: Path) -> Distributions:
    """Builds the sdist, from it the wheel, and installs that; nothing is downloaded."""
    source, built = folder / "source", folder / "built"
    for name in tracked():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, source / name)
    run([sys.executable, "-m", "build", "--no-isolation", "--outdir", built, source], folder)
    (wheel,), (sdist,) = built.glob("*.whl"), built.glob("*.tar.gz")
    return Distributions(wheel, sdist, install(wheel, folder / "environment"))


def install(wheel: Path, environment: Path) -> Path:
    """An environment of the wheel alone; what it depends on comes from the one of the tests."""
    run([sys.executable, "-m", "venv", "--without-pip", environment], environment.parent)
    python = environment / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check"]
    run([*pip, "install", "--quiet", "--no-deps", "--no-index", wheel], environment.parent)
    named = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    own = Path(run(named, environment.parent).strip())
    (own / "dependencies.pth").write_text("\n".join(dependencies()) + "\n")
    return python


def dependencies() -> list[str]:
    """The folders of this environment's packages; their own .pth files, as of an editable install
    of this project, are not read."""
    here = sysconfig.get_path("purelib")
    beside = [path for path in sys.path if path.endswith("site-packages") and path != here]
    return [here, *beside]


def run(command: "list[str | Path]", cwd: Path) -> str:
    """What a command prints that finds no more than is installed."""
    own = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, env=own)
    assert done.returncode == 0, f"{command}:\n{done.stdout}\n{done.stderr}"
    return done.stdout
