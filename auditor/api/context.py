"""What the routers know of the world."""

from dataclasses import dataclass, field

from auditor.api.doorway import Doorway
from auditor.sso.provider import Provider
from auditor.store.engine import Store


@dataclass(frozen=True, slots=True)
class Context:
    """The database, the broker's URL (None: this machine works alone), how patient health and metrics are, and who
    vouches for people (None: nobody does).
    """

    store: Store
    broker: str | None = field(default=None, repr=False)  # it may hold a password
    patience: float = 3.0  # seconds
    fresh_health: float = 2.0
    fresh_metrics: float = 15.0
    door: Doorway = field(default_factory=Doorway)
    sso: Provider | None = field(default=None, repr=False)
