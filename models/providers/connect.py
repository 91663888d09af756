"""The chat call of a model from another package, by the kind of its name."""

from langchain_core.language_models import BaseChatModel

from models.call import ChatCall
from models.ledger import Ledger
from models.meter import metered
from models.providers.langchain_chat import Asked, connect_langchain
from models.providers.names import COMMUNITY, IMPORT
from models.retry import RetryPolicy
from models.server import Server
from models.spec import ModelSpec


def connect_foreign(
    kind: str,
    name: str,
    spec: ModelSpec,
    ledger: Ledger | None = None,
    policy: RetryPolicy | None = None,
) -> ChatCall:
    """The chat call, metered; a chat call of one's own is not retried, for it may do so itself."""
    if kind == IMPORT:
        from models.providers.own_code import own_model

        made = own_model(name, spec)
        if not isinstance(made, BaseChatModel):
            return metered(made, spec, ledger) if ledger else made
        asked = Asked(made, Server(name.partition(":")[0]), sampling=False)
    elif kind == COMMUNITY:
        from models.providers.community import community_model

        asked = community_model(name, spec)
    else:
        from models.providers.by_name import provider_model

        asked = provider_model(kind, name, spec)
    return connect_langchain(asked, spec, ledger, policy)
