"""Checks that a world is what it says."""

from pathlib import Path

from simulator.batch_play import sample_users
from simulator.building.calibrate import calibrate
from simulator.building.reference_figures import reference_figures, with_cached_ratings
from simulator.errors import WorldError
from simulator.folder import load_world_folder
from simulator.world import World

SAME_BETA = 1e-5  # relative


def check_folder(folder: Path) -> str:
    """Loads a world, which compares every hash, and plays the reference policies again."""
    world, card = load_world_folder(folder)
    users = sample_users(world, seed=card["settings"]["seed"])
    for name, figures in reference_figures(with_cached_ratings(world), users).items():
        stated = card["reference"][name]["len"]
        if abs(figures.len - stated) > max(1.0, 0.1 * stated):
            raise WorldError(
                f"{name} lasts {figures.len:.1f} rounds, but the card says {stated:.1f}: "
                "build the world again"
            )
    return (
        "every file has the hash that world.json names, and the reference policies last as long "
        "as it says"
    )


def check_made(world: World) -> str:
    """Calibrates a world that is made by code, of which there are no files and no card."""
    calibration, beta = calibrate(world), world.rule.beta
    if not calibration.met or abs(calibration.beta - beta) > SAME_BETA * beta:
        raise WorldError(
            f"world {world.name!r} has beta {beta:.4f}, but the rule for beta gives "
            f"{calibration.beta:.4f} here: install the versions in constraints.txt"
        )
    lasts = ", ".join(f"{name} {length:.1f}" for name, length in calibration.lengths.items())
    return (
        f"made by code, so it has no files to compare; its beta is the one that the rule gives, "
        f"and meets the rule's conditions (rounds: {lasts})"
    )
