"""The report of a run as it is served: on its own, without network, and apart from the page.

A run's folder may be from elsewhere, and so its report: it gets an origin of its own, which can
neither ask the server nor leave its frame.
"""

from pathlib import Path

from starlette.responses import FileResponse, Response

from experiments.served.growing import open_regular

REPORT = "report.html"
HEADERS = {
    "Content-Security-Policy": "sandbox allow-scripts allow-downloads; default-src 'none'; "
    "script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'",
    "Cache-Control": "no-cache",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def has_report(folder: Path) -> bool:
    """Whether a run has a report that may be served: a file, and no link to one."""
    try:
        open_regular(folder / REPORT).close()
    except OSError:
        return False
    return True


def report_response(folder: Path) -> Response | None:
    """The report as it was written last; None without one."""
    if not has_report(folder):
        return None
    path = folder / REPORT
    return FileResponse(path, headers=HEADERS, media_type="text/html", stat_result=path.stat())
