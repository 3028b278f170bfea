"""Guessing made slow: by address, by user, and by both, each attempt counted before the password is looked at.

A stranger can delay an account's sign-in from elsewhere by a minute at most, and not at all from an address where its
owner has signed in before. While somebody has to wait, attempts are neither tried nor counted: waiting always ends.
"""

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Table, delete, select, update

from auditor.evidence.redaction import redactor
from auditor.store.access_tables import SignInAttempt
from auditor.store.engine import now
from auditor.store.sql import insert_new, table_of

KEPT = timedelta(days=90)  # how long an address is one where somebody has signed in before
_TABLE: Table = table_of(SignInAttempt)


@dataclass(frozen=True, slots=True)
class Limit:
    """`free` failures cost nothing, each further one doubles the wait from a second up to `longest`; all is forgotten
    after `forgotten` without one.
    """

    free: int
    longest: timedelta
    forgotten: timedelta

    def wait(self, failures: int) -> timedelta:
        """How long nothing is tried after so many failures."""
        if failures < self.free:
            return timedelta(0)
        return min(self.longest, timedelta(seconds=2 ** min(failures - self.free, 30)))


PAIR = Limit(5, timedelta(minutes=15), timedelta(days=1))
ADDRESS = Limit(30, timedelta(minutes=15), timedelta(hours=1))
ACCOUNT = Limit(20, timedelta(minutes=1), timedelta(hours=1))


def begin(connection: Connection, name: str, address: str) -> timedelta:
    """Count an attempt as failed, until `succeeded` takes it back; or, not zero, how long nothing is tried."""
    keys = _keys(name, address)
    known = _row(connection, _digest("known", name, network(address)))
    if known is not None and now(connection) - known.last_at < KEPT:
        del keys[_digest("account", name)]
    return _counted(connection, keys)


def begin_unnamed(connection: Connection, address: str) -> timedelta:
    """The same for somebody whose name another service will tell: by address alone."""
    return _counted(connection, {_digest("address", network(address)): ADDRESS})


def succeeded_unnamed(connection: Connection, address: str) -> None:
    """The attempt that was begun without a name was good: the address gets it back."""
    back = {"failures": _TABLE.c.failures - 1, "until": None}
    here = _TABLE.c.digest == _digest("address", network(address))
    connection.execute(update(_TABLE).where(here, _TABLE.c.failures > 0).values(back))


def _counted(connection: Connection, keys: dict[bytes, Limit]) -> timedelta:
    at = now(connection)
    fresh = [{"digest": one, "failures": 0, "last_at": at, "until": None} for one in sorted(keys)]
    insert_new(connection, _TABLE, fresh)
    rows = {one: _row(connection, one, lock=True) for one in sorted(keys)}  # in one order: nobody waits in a circle
    at = now(connection)  # somebody else may have counted while we waited for the rows
    waits = [_left(row, keys[one], at) for one, row in rows.items() if row is not None]
    if (longest := max(waits, default=timedelta(0))) > timedelta(0):
        return longest
    for digest, row in rows.items():
        failures = _failures(row, keys[digest], at) + 1
        wait = keys[digest].wait(failures)
        values = {"failures": failures, "last_at": at, "until": at + wait if wait else None}
        connection.execute(update(_TABLE).where(_TABLE.c.digest == digest).values(values))
    return timedelta(0)


def succeeded(connection: Connection, name: str, address: str) -> None:
    """The attempt that was begun was the owner's: forget the failures, and know the address from now on.

    The address only gets its attempt back: who has one account must not go on guessing at others for ever.
    """
    at, here = now(connection), network(address)
    connection.execute(delete(_TABLE).where(_TABLE.c.digest.in_([_digest("pair", name, here)])))
    connection.execute(delete(_TABLE).where(_TABLE.c.digest == _digest("account", name)))
    succeeded_unnamed(connection, address)
    known = _digest("known", name, here)
    insert_new(connection, _TABLE, [{"digest": known, "failures": 0, "last_at": at, "until": None}])
    connection.execute(update(_TABLE).where(_TABLE.c.digest == known).values(last_at=at))


def forget(connection: Connection) -> None:
    """Leave out what no longer matters."""
    connection.execute(delete(_TABLE).where(_TABLE.c.last_at < now(connection) - KEPT))


def network(address: str) -> str:
    """What counts as one address: of IPv6 the first 64 bits, for whoever has one has all of them."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def _keys(name: str, address: str) -> dict[bytes, Limit]:
    here = network(address)
    return {
        _digest("pair", name, here): PAIR,
        _digest("address", here): ADDRESS,
        _digest("account", name): ACCOUNT,
    }


def _digest(*parts: str) -> bytes:
    return bytes.fromhex(redactor().token("\0".join(("sign-in", *parts))).digest)


def _row(connection: Connection, digest: bytes, *, lock: bool = False) -> Row[Any] | None:
    query = select(_TABLE).where(_TABLE.c.digest == digest)
    return connection.execute(query.with_for_update() if lock else query).first()


def _left(row: Row[Any], limit: Limit, at: datetime) -> timedelta:
    """How long to wait still; never longer than the limit says, whatever the clock did."""
    if row.until is None or row.last_at > at:  # the clock was set back: nobody waits for it to come round again
        return timedelta(0)
    left: timedelta = row.until - at
    return min(max(left, timedelta(0)), limit.longest)


def _failures(row: Row[Any] | None, limit: Limit, at: datetime) -> int:
    if row is None or abs(at - row.last_at) > limit.forgotten:
        return 0
    return int(row.failures)
