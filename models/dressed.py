"""A chat model with what a run puts around it."""

from langchain_core.language_models import BaseChatModel

from models.cache import ReplyCache
from models.cached import CachedChatModel, asked_of
from models.ledger import Ledger
from models.metered import MeteredChatModel
from models.patient import PatientChatModel
from models.spec import ModelSpec, exact_name


def dressed(
    model: BaseChatModel,
    spec: ModelSpec,
    ledger: Ledger | None = None,
    cache: ReplyCache | None = None,
) -> BaseChatModel:
    """The model of a spec, metered and cached as wanted; what the cache knows costs nothing.

    A script is never cached: it answers in turn, whatever it is asked.
    """
    if ledger is not None:
        ledger.admit(exact_name(spec))

        def meter(inner: BaseChatModel) -> BaseChatModel:
            return MeteredChatModel(inner=inner, ledger=ledger, paid_as=exact_name(spec))

        model = model.around(meter) if isinstance(model, PatientChatModel) else meter(model)
    if cache is not None and not spec.name.startswith("scripted:"):
        model = CachedChatModel(inner=model, replies=cache, asked=asked_of(spec))
    return model
