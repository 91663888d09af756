"""The graphs: an episode from arrival to reflection, and the arms that run on it."""

from graph.arms import ARMS
from graph.load import load_parts
