"""The wheel and the sdist: they hold what they should, and the wheel works on its own."""

from pathlib import Path

import pytest

from tests.system.shipping.distributions import PACKAGES, Distributions, build, run, tracked

pytestmark = pytest.mark.system

MADE = {"PKG-INFO", "setup.cfg"}  # by the build, besides the folder billp.egg-info


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Distributions:
    return build(tmp_path_factory.mktemp("built"))


def test_the_wheel_holds_the_packages_and_nothing_else(built: Distributions) -> None:
    tops = (*(f"{name}/" for name in PACKAGES), "durable.py", "fetch.py", "home_folder.py")
    assert built.in_wheel() == {name for name in tracked() if name.startswith(tops)}


def test_the_sdist_holds_what_git_tracks_and_builds_the_wheel(
    built: Distributions, tmp_path: Path
) -> None:
    folder = built.unpack_sdist(tmp_path)
    held = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    own = {name for name in held if not name.startswith("billp.egg-info/")} - MADE
    assert own == tracked()
    tests = ["tests/test_durable.py", "tests/simulator/test_quit_rule.py"]
    options = ["-p", "no:xdist", "-p", "no:cacheprovider", "-v"]
    assert " passed" in run([built.python, "-m", "pytest", *options, *tests], folder)


def test_an_installed_wheel_plays_a_run_with_its_page(built: Distributions, tmp_path: Path) -> None:
    billp = built.python.with_name("billp")
    found = "import importlib.util as u; print(u.find_spec('graph').origin)"
    assert run([built.python, "-c", found], tmp_path).startswith(str(built.python.parents[1]))
    assert run([billp, "--version"], tmp_path).startswith("billp 0.")
    smallest = ["--arms", "random,act-only", "--seeds", "1", "--episodes", "1", "--rounds", "2"]
    run([billp, "compare", *smallest, "--out", "run"], tmp_path)
    page = (tmp_path / "run" / "report.html").read_text()
    assert "<script" in page
    assert "act-only" in page
