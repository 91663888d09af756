"""Chat models of LangChain's packages: by provider and name, by class, or from one's own code."""

from models.providers.names import COMMUNITY, FOREIGN, IMPORT, PROVIDERS
