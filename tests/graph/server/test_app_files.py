"""The page at /app: which addresses are served, with which protection, and to whom."""

import importlib
import re
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from graph.app.files import INDEX, STATIC, static_files
from graph.app.routes import PAGE, page_routes
from graph.clients import ClientTokens, tokens_from

ROUTES = page_routes()
FILES = [route.path for route in ROUTES]
TOKEN = "a-token-of-a-client-0123456789"
LARGEST = 300_000  # bytes of all files
IMPORTED = re.compile(r"^import .* from \"(\.[^\"]+)\"|^\} from \"(\.[^\"]+)\"", re.MULTILINE)


def client_of(tokens: ClientTokens | None) -> TestClient:
    with pytest.MonkeyPatch.context() as patch:  # as a server on loopback imports it
        patch.setenv("LANGGRAPH_API_URL", "http://127.0.0.1:2024")
        auth = importlib.import_module("graph.auth")
    protection = Middleware(auth.TokenMiddleware, tokens=tokens, files=FILES)
    app = Starlette(routes=page_routes(), middleware=[protection])
    return TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 5000))


@pytest.fixture
def protected() -> Iterator[TestClient]:
    with client_of(tokens_from({"BILLP_TOKENS": f"shop:{TOKEN}"})) as client:
        yield client


@pytest.mark.parametrize("address", [path for path in FILES if path != f"{PAGE}/"])
def test_its_files_are_open_and_may_load_nothing_from_elsewhere(
    address: str, protected: TestClient
) -> None:
    reply = protected.get(address)
    assert reply.status_code == 200
    policy = reply.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    assert reply.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "address",
    [
        "/app/none.js",
        "/app/../graph/auth.py",
        "/app/%2e%2e/auth.py",
        "/app/server",
        "/app/server/",
        "/app//app.js",
        "/APP",
        "/app/app.js/threads",
        "/appx",
        "/info",
        "/threads",
    ],
)
def test_everything_else_stays_protected(address: str, protected: TestClient) -> None:
    assert protected.get(address).status_code == 401
    assert protected.get(address, headers={"x-api-key": TOKEN}).status_code != 200


def test_files_are_read_alone(protected: TestClient) -> None:
    assert protected.post(PAGE, content="{}").status_code == 405


def test_the_address_with_a_slash_leads_to_the_page(protected: TestClient) -> None:
    reply = protected.get(f"{PAGE}/")
    assert reply.text == INDEX.read_text(encoding="utf-8")


def test_without_tokens_only_this_machine_gets_them() -> None:
    with client_of(None) as client:
        assert client.get(PAGE).status_code == 200
        assert client.get(PAGE, headers={"origin": "https://evil.example"}).status_code == 401
        assert client.get(PAGE, headers={"x-forwarded-for": "10.0.0.1"}).status_code == 401


def test_all_that_modules_and_the_page_name_is_served() -> None:
    named = re.findall(r"(?:src|href)=\"(app/[^\"]+)\"", INDEX.read_text(encoding="utf-8"))
    assert {f"/{one}" for one in named} <= set(FILES)
    scripts = {path for path in static_files() if path.suffix == ".js"}
    reached = {STATIC / "app.js"}
    while (
        wanted := {
            (path.parent / (one or other)).resolve()
            for path in reached
            for one, other in IMPORTED.findall(path.read_text(encoding="utf-8"))
        }
        - reached
    ):
        reached |= wanted
    assert reached == scripts


def test_it_is_small_and_sets_text_as_text_alone() -> None:
    files = [INDEX, *static_files()]
    assert sum(path.stat().st_size for path in files) < LARGEST
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", text)
        assert not re.search(r"localStorage|sessionStorage|\.cookie|style=", text)
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text)
        assert len(text.splitlines()) <= 300
