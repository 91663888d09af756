"""The app of the server, with the runs that are kept here; langgraph.json names it.

Made at import, against the rule of this project: LangGraph takes it by name and calls nothing.
"""

from experiments.served.routes import run_routes
from graph.auth import server_app

app = server_app(run_routes())
