"""People who were sent to their provider to sign in: each way back is good once, soon, and in the browser that set out.

The database holds hashes. Nonce and PKCE verifier are made out of the cookie's secret and the state, in `auditor.sso`,
and kept nowhere.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, delete, func, select

from auditor.store.access.attempts import network
from auditor.store.access.secret import digest_of, new_secret
from auditor.store.access_tables import SsoState
from auditor.store.engine import now
from auditor.store.sql import clean, table_of

LIVES = timedelta(minutes=10)
SKEW = timedelta(minutes=5)
MOST_HERE, MOST = 100, 10_000  # on their way at a time: from one address, where the oldest goes; and in all
_TABLE = table_of(SsoState)


@dataclass(frozen=True, slots=True)
class Back:
    """Somebody is back whom we had sent. `ours` is False in another browser, or too late: then nothing is done."""

    path: str
    ours: bool


def set_out(connection: Connection, browser: str, path: str, address: str) -> str | None:
    """A new state for a browser with this secret; None when too many are on their way already."""
    at, here = now(connection), clean(network(address), 100)
    tidy(connection)
    mine = select(_TABLE.c.digest).where(_TABLE.c.address == here).order_by(_TABLE.c.created_at.desc())
    oldest = connection.scalars(mine.offset(MOST_HERE - 1)).all()
    if oldest:
        connection.execute(delete(_TABLE).where(_TABLE.c.digest.in_(oldest)))
    elif connection.execute(select(func.count()).select_from(_TABLE)).scalar_one() >= MOST:
        return None
    state = new_secret()
    row = {
        "digest": digest_of(state),
        "browser": digest_of(browser),
        "path": path,
        "address": here,
        "created_at": at,
        "expires_at": at + LIVES,
    }
    connection.execute(_TABLE.insert(), row)
    return state


def come_back(connection: Connection, state: str, browser: str) -> Back | None:
    """Use a state: whoever comes second with it gets None, as one does with a state that was never given out."""
    digest = digest_of(state)
    row = connection.execute(select(_TABLE).where(_TABLE.c.digest == (digest or b""))).first()
    if row is None or connection.execute(delete(_TABLE).where(_TABLE.c.digest == digest)).rowcount != 1:
        return None
    at = now(connection)
    soon = row.created_at - SKEW <= at < row.expires_at
    return Back(row.path, soon and digest_of(browser) == row.browser)


def tidy(connection: Connection) -> None:
    """Leave out who will not come back."""
    at = now(connection)
    connection.execute(delete(_TABLE).where((_TABLE.c.expires_at <= at) | (_TABLE.c.created_at > at + SKEW)))
