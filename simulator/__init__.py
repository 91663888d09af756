"""The simulator: worlds made from logs, and users who rate, get bored and quit."""

from simulator.catalogue import Catalogue
from simulator.environment import MAX_ROUNDS, Environment, Outcome, Response, user_response
from simulator.errors import WorldError, WorldWarning
from simulator.load import load_world, world_folder, worlds_folder
from simulator.own_policies import register_policy
from simulator.policies import GenreAwarePolicy, GreedyPolicy, Policy, RandomPolicy
from simulator.quit_rule import QuitCause, QuitRule
from simulator.text import clean_title, plain
from simulator.world import HALVES, RATING_MAX, RATING_MIN, Half, HalfName, RewardModel, World
