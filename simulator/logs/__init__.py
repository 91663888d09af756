"""Logs: who rated what in a publisher's files, read, filtered and downloaded."""

from simulator.logs.amazon import read_amazon
from simulator.logs.download import download, licence
from simulator.logs.find import LAYOUTS, Layout, read_log
from simulator.logs.log import Log, k_core
from simulator.logs.movielens import read_movielens
from simulator.logs.progress import Progress
from simulator.logs.sources import SOURCES, Source
from simulator.logs.steam import read_steam
from simulator.logs.table import read_table

__all__ = [
    "LAYOUTS",
    "SOURCES",
    "Layout",
    "Log",
    "Progress",
    "Source",
    "download",
    "k_core",
    "licence",
    "read_amazon",
    "read_log",
    "read_movielens",
    "read_steam",
    "read_table",
]
