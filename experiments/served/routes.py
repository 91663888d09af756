"""Routes of the runs that are kept here; all are read, and none is changed.

Runs are the operator's: where clients have tokens, those see them whom BILLP_SHOW_RUNS names.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from experiments.errors import RunError
from experiments.runs.plan import about_lines, plan_lines
from experiments.served.answers import Answers, BusyError
from experiments.served.report_page import has_report, report_response
from experiments.served.shelf import RunShelf
from experiments.served.tracked import TrackedRun
from graph.clients import SHOW_RUNS_VARIABLE, sees_runs
from graph.shelf.withdrawal import CLIENT
from simulator import plain

ADDRESS = "/kept-runs"
RUN = ADDRESS + "/{place}/{name}"
SHOWN = 500  # characters of a line
NOT_SHOWN = (
    f"Runs are its operator's: {SHOW_RUNS_VARIABLE} on the server lists the clients who see them"
)
NO_RUN = "There is no such run: it was removed, or has another name"
NO_REPORT = "This run has no report: `billp report` makes it"
BUSY = "The server is making figures of other runs: try again in a moment"

Answer = Callable[[Request], Awaitable[Response]]


class NoSuchRunError(LookupError):
    """A run that is not there."""


def run_routes() -> list[Route]:
    """The routes, with what was read of runs so far."""
    return RunPages(RunShelf()).routes()


class RunPages:
    """Answers about runs."""

    def __init__(self, shelf: RunShelf) -> None:
        self._shelf = shelf
        self._answers = Answers()

    def routes(self) -> list[Route]:
        """An address for the list, and some for each run."""
        return [
            _route(ADDRESS, self._list),
            _route(RUN, self._show),
            _route(f"{RUN}/figures", self._figures),
            _route(f"{RUN}/report", self._report),
            _route(f"{RUN}/minus/{{other_place}}/{{other_name}}", self._minus),
        ]

    async def _list(self, _request: Request) -> Response:
        found = await asyncio.to_thread(self._shelf.listed)
        return _json(asdict(found))

    async def _show(self, request: Request) -> Response:
        run = await self._found(request)
        return _json(await asyncio.to_thread(self._shown, run))

    def _shown(self, run: TrackedRun) -> dict[str, Any]:
        """What the list has of a run, and what only its own page tells."""
        listed = self._shelf.look(run)
        lines = []
        if listed.state != "damaged":
            file = run.file()
            lines = [*plan_lines(file.settings), *about_lines(file)]
        return {
            **asdict(listed),
            "about": [plain(line, SHOWN) for line in lines],
            "failure": run.failure(),
            "report": has_report(run.folder),
        }

    async def _figures(self, request: Request) -> Response:
        from experiments.served.figures import figures_of

        run = await self._found(request)
        listed = await asyncio.to_thread(self._shelf.look, run)
        playing = listed.state == "running"
        stamp = await asyncio.to_thread(run.stamp)

        def make() -> dict[str, Any]:
            return asdict(figures_of(run.folder, run.file(), playing=playing))

        found = await self._answers.get(run.folder, stamp, make, live=playing)
        return _json(found)

    async def _minus(self, request: Request) -> Response:
        from experiments.served.comparison import compare

        first, second = await self._found(request), await self._found(request, "other_")
        looks = [await asyncio.to_thread(self._shelf.look, one) for one in (first, second)]
        stamps = [await asyncio.to_thread(one.stamp) for one in (first, second)]

        def make() -> dict[str, Any]:
            return asdict(compare(first.folder, second.folder))

        key = (first.folder, second.folder)
        live = any(look.state == "running" for look in looks)
        return _json(await self._answers.get(key, stamps, make, live=live))

    async def _report(self, request: Request) -> Response:
        run = await self._found(request)
        found = await asyncio.to_thread(report_response, run.folder)
        return found or _refusal(404, NO_REPORT)

    async def _found(self, request: Request, which: str = "") -> TrackedRun:
        names = request.path_params
        place, name = names[f"{which}place"], names[f"{which}name"]
        run = await asyncio.to_thread(self._shelf.find, place, name)
        if run is None:
            raise NoSuchRunError
        return run


def _route(path: str, answer: Answer) -> Route:
    """A route for those who may see runs; what a run's files are at fault for is told."""

    async def checked(request: Request) -> Response:
        client = request.scope.get(CLIENT)
        if client is None:
            return _refusal(401, "Unauthorized")
        if not sees_runs(client):
            return _refusal(403, NOT_SHOWN)
        try:
            return await answer(request)
        except NoSuchRunError:
            return _refusal(404, NO_RUN)
        except BusyError:
            return JSONResponse({"detail": BUSY}, 429, {"Retry-After": "2"})
        except (RunError, OSError) as error:
            return _refusal(409, plain(str(error), SHOWN))

    return Route(path, checked, methods=["GET"], include_in_schema=False)


def _json(content: Any) -> Response:
    """An answer; figures that are no numbers come from a file that was altered."""
    try:
        return JSONResponse(content, headers={"Cache-Control": "no-store"})
    except ValueError:
        return _refusal(409, "The figures of this run are damaged: `billp report` makes them anew")


def _refusal(status: int, detail: str) -> Response:
    return JSONResponse({"detail": detail}, status)
