"""Routes of the page at /app: one for each of its files, and none by pattern."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from graph.app.files import INDEX, MEDIA_TYPES, STATIC, static_files

PAGE = "/app"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'",
    "Cache-Control": "no-cache",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def page_routes() -> list[Route]:
    """The page, its files under their own names, and the page's address with a slash."""
    files = {f"{PAGE}/{path.relative_to(STATIC).as_posix()}": path for path in static_files()}
    served = [_file_route(address, path) for address, path in {PAGE: INDEX, **files}.items()]
    return [*served, Route(f"{PAGE}/", _without_slash, include_in_schema=False)]


def _file_route(address: str, path: Path) -> Route:
    async def send(_request: Request) -> Response:
        return FileResponse(path, headers=HEADERS, media_type=MEDIA_TYPES[path.suffix])

    return Route(address, send, include_in_schema=False)


async def _without_slash(_request: Request) -> Response:
    """Addresses on the page are relative to it, so that it works below another path as well."""
    return RedirectResponse("../app")
