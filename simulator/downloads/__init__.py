"""Downloads: where data sets are published, how their files are fetched, unpacked and found."""

from simulator.downloads.download import download, licence
from simulator.downloads.sources import SOURCES, Source
