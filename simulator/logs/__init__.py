"""Logs: who rated what in a publisher's files, read and filtered."""

from simulator.logs.amazon import read_amazon
from simulator.logs.layouts import LAYOUTS, Layout, read_log
from simulator.logs.log import Log, k_core
from simulator.logs.movielens import read_movielens
from simulator.logs.steam import read_steam
from simulator.logs.table import read_table
