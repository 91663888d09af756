"""What tests of experiments share: a run that was played."""

from pathlib import Path

import pytest

from tests.experiments.tiny_runs import compare

ARMS = ("--arms", "billp,react,random", "--preset", "figure4")
STUDY = ("--states", "2", "--estimates", "2", "--rollouts", "2")


@pytest.fixture(scope="session")
def played_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small run with the offline model, with a study of its Critic; read-only."""
    folder = tmp_path_factory.mktemp("played") / "run"
    done = compare(folder, *ARMS, *STUDY)
    assert done.code == 0, done.err
    return folder
