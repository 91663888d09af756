"""What tests of experiments share: a run that was played, and the environment of nobody."""

from pathlib import Path

import pytest

from tests.experiments.tiny_runs import compare

ARMS = ("--arms", "billp,react,random", "--preset", "figure4")
STUDY = ("--states", "2", "--estimates", "2", "--rollouts", "2")

OF_A_MACHINE = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE", "BILLP_PRICES")


@pytest.fixture(autouse=True)
def nobodys_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of somebody who has no key, no server and no prices of their own."""
    for name in OF_A_MACHINE:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def played_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small run with the offline model, with a study of its Critic; read-only."""
    folder = tmp_path_factory.mktemp("played") / "run"
    done = compare(folder, *ARMS, *STUDY)
    assert done.code == 0, done.err
    return folder
