"""The table of a world on the terminal."""

from typing import Any

from rich.console import Console
from rich.table import Table

from experiments.terminal import print_line


def print_world(console: Console, name: str, card: dict[str, Any]) -> None:
    """The table, then a line for each weakness of the world."""
    console.print(world_table(name, card))
    for warning in card.get("warnings", ()):
        print_line(console, f"warning: {warning}")


def world_table(name: str, card: dict[str, Any]) -> Table:
    """The paper's Table 4, how well the models fit, and how long the reference policies last."""
    table = Table(title=f"World {name!r}", title_justify="left", show_header=False)
    table.add_column()
    table.add_column()
    for label, said in world_rows(card).items():
        table.add_row(label, said)
    return table


def world_rows(card: dict[str, Any]) -> dict[str, str]:
    """What the table says, by label."""
    statistics, calibration = card["statistics"], card["calibration"]
    rows = {"users, items": f"{statistics['users']:,}, {statistics['items']:,}"}
    if "train" in statistics:
        rows["ratings"] = f"{statistics['train']:,} train, {statistics['test']:,} test"
    else:
        rows["ratings"] = "none: this world is made by code"
    if "negatives" in card:
        rows["negatives"] = f"{card['negatives']:g} a rating"
    if "accepted_items" in card:  # of worlds built before, it is not known
        rows["accepted items"] = f"{100 * card['accepted_items']:.0f} % of the catalogue"
    for half, fit in card.get("fit", {}).items():
        errors = f"{fit['rmse_deepfm']:.3f} (biases {fit['rmse_biases']:.3f})"
        rows[f"{half}: RMSE without negatives"] = errors
        seen = f"{fit['auc_deepfm']:.3f} (popularity {fit['auc_popularity']:.3f})"
        rows[f"{half}: AUC seen and unseen"] = seen
    met = "" if calibration["met"] else f"; not met: {', '.join(calibration['failed'])}"
    rows["beta"] = f"{card['rule']['beta']:.4f} (quantile {calibration['quantile']}{met})"
    for policy, figures in card["reference"].items():
        quits = ", ".join(f"{cause} {count}" for cause, count in figures["quits"].items())
        lasts = f"{figures['len']:.2f}, {figures['r_each']:.2f} ({quits})"
        rows[f"{policy}: Len, R_each"] = lasts
    return rows
