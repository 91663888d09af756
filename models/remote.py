"""A chat model of OpenAI, or of any server that speaks as OpenAI does."""

from httpx2 import InvalidURL
from langchain_openai import ChatOpenAI

from models.course import Remote
from models.endpoint import endpoint_of
from models.errors import ModelError
from models.patience import patience
from models.patient import PatientChatModel
from models.server import OPENAI_KEY, Server, server_for
from models.spec import ModelSpec
from models.transport import async_client, bounds_of, client_for

FIELDS = {"temperature": "temperature", "seed": "seed", "stream_options": "stream_usage"}


def remote_chat_model(name: str, spec: ModelSpec) -> PatientChatModel:
    """The model of this name on the server of the spec."""
    server, bounds = server_for(spec), patience()
    try:
        client = _client(name, spec, server, bounds.timeout)
    except InvalidURL as error:
        raise ModelError(f"base_url {server.address!r} is no address: {error}") from None

    def forget(option: str) -> None:
        if option in FIELDS:
            setattr(client, FIELDS[option], None)

    endpoint = endpoint_of(server.address, name)
    remote = Remote(name, server, endpoint, bounds, spec.structured)
    return PatientChatModel(inner=client, remote=remote, forget=forget)


def _client(name: str, spec: ModelSpec, server: Server, timeout: float) -> ChatOpenAI:
    client = ChatOpenAI(
        model=name,
        base_url=server.address,
        api_key=lambda: server.key,  # a function shows in no text
        temperature=spec.temperature,
        seed=spec.seed,
        max_retries=0,  # PatientChatModel asks again
        timeout=bounds_of(timeout),
        http_client=client_for(server.address, timeout),
        http_async_client=async_client(timeout),
        http_socket_options=(),  # else proxies that the environment names are passed by
        stream_chunk_timeout=0,  # its wait_for swallows the cancellation with which ours ends
        stream_usage=True,
    )
    if client.use_responses_api:
        client.seed = None  # that interface has none
    if server.key_from != OPENAI_KEY:
        _forget_openai(client)
    return client


def _forget_openai(client: ChatOpenAI) -> None:
    """Takes away what the environment adds to OpenAI's requests, and another server gets too."""
    for inner in (client.root_client, client.root_async_client):
        inner.organization = inner.project = None
        inner._custom_headers = {}  # OPENAI_CUSTOM_HEADERS
