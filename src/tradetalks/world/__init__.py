"""The economy before the talks: accounts, their identities, policies on them, and how worlds are built and kept."""

from tradetalks.world.accounts import ElasticitySet, World
from tradetalks.world.identities import Identity, check, identities
from tradetalks.world.policy import Policy

__all__ = ["ElasticitySet", "Identity", "Policy", "World", "check", "identities"]
