"""Threads in a Postgres database, which several servers may share (the extra `postgres`)."""

from graph.postgres.address import check_address
from graph.postgres.outage import DamagedThreadError, ThreadsUnavailableError
from graph.postgres.saver import PostgresSaver, open_saver, owner_in
