"""What the routers know of the world."""

from dataclasses import dataclass, field

from auditor.api.doorway import Doorway
from auditor.store.engine import Store


@dataclass(frozen=True, slots=True)
class Context:
    """The database, the broker's URL (None: this machine works alone), and how patient health and metrics are."""

    store: Store
    broker: str | None = field(default=None, repr=False)  # it may hold a password
    patience: float = 3.0  # seconds
    fresh_health: float = 2.0
    fresh_metrics: float = 15.0
    door: Doorway = field(default_factory=Doorway)
