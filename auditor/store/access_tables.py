"""The tables of who may do what. No secret stands in them: passwords as argon2id hashes, the rest as SHA-256.

docs/decisions/0014-who-may-do-what.md says why they look like this; `store.access` is all that uses them.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary
from sqlmodel import Field, SQLModel

from auditor.store.tables import NUMBER, UtcDateTime


def _key() -> Any:
    return Field(default=None, primary_key=True, sa_type=NUMBER)


def _time(**more: Any) -> Any:
    return Field(sa_type=UtcDateTime, **more)


def _of_account(**more: Any) -> Any:
    return Field(sa_type=NUMBER, foreign_key="account.id", **more)


def _digest(**more: Any) -> Any:
    return Field(sa_type=LargeBinary, **more)


class AccountRow(SQLModel, table=True):
    """A user. `issuer` and `subject` are the identity that another service vouches for, both or neither."""

    __tablename__ = "account"
    __table_args__ = (Index("account_identity", "issuer", "subject", unique=True),)
    id: int | None = _key()
    name: str = Field(unique=True)  # never changed: waivers, runs and the journal hold it
    display: str = ""
    state: str = "active"  # active | disabled
    issuer: str | None = None
    subject: str | None = None
    password: str | None = None  # argon2id, in PHC form; None: signs in elsewhere, or not at all
    created_at: datetime = _time()
    changed_at: datetime = _time()


class AccountGrant(SQLModel, table=True):
    """A role within a scope. `origin` says whose it is to take away: ours ("local"), or an issuer's at each sign-in.

    `granted_at` of what an issuer gives is its last word: the time of the last sign-in.
    """

    __tablename__ = "account_grant"
    __table_args__ = (Index("account_grant_whole", "account", "role", "scope", "origin", unique=True),)
    id: int | None = _key()
    account: int = _of_account()
    role: str
    scope: str  # canonical JSON of its labels
    origin: str = "local"
    granted_by: str
    granted_at: datetime = _time()


class WebSession(SQLModel, table=True):
    """Somebody signed in with a browser. The cookie has 256 random bits, this row their hash."""

    __tablename__ = "web_session"
    digest: bytes = _digest(primary_key=True)
    account: int = _of_account(index=True)
    address: str
    created_at: datetime = _time()
    seen_at: datetime = _time()
    expires_at: datetime = _time()


class ApiToken(SQLModel, table=True):
    """A token for programs: never more than its owner, and at most these permissions in this scope."""

    __tablename__ = "api_token"
    id: int | None = _key()
    digest: bytes = _digest(unique=True)
    account: int = _of_account(index=True)
    title: str
    permissions: str  # JSON list
    scope: str  # canonical JSON of its labels
    created_by: str
    created_at: datetime = _time()
    expires_at: datetime = _time()
    revoked_at: datetime | None = _time(default=None)
    used_at: datetime | None = _time(default=None)
    used_from: str = ""


class OneTimeToken(SQLModel, table=True):
    """A token that is good for one thing, once: to make the first admin, to set a password."""

    __tablename__ = "one_time_token"
    digest: bytes = _digest(primary_key=True)
    purpose: str  # setup | password
    account: int | None = _of_account(default=None, index=True)
    created_at: datetime = _time()
    expires_at: datetime = _time()
    used_at: datetime | None = _time(default=None)


class SignInAttempt(SQLModel, table=True):
    """How often somebody failed to sign in: under a keyed hash, for what was typed as a name may be a password."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index("sign_in_attempt_age", "last_at"),)
    digest: bytes = _digest(primary_key=True)
    failures: int = 0
    last_at: datetime = _time()
    until: datetime | None = _time(default=None)  # nothing is tried before then


class SsoState(SQLModel, table=True):
    """Somebody who was sent to sign in at the provider and is not back yet: good once, in the browser that set out."""

    __tablename__ = "sso_state"
    __table_args__ = (Index("sso_state_address", "address", "created_at"), Index("sso_state_age", "created_at"))
    digest: bytes = _digest(primary_key=True)
    browser: bytes = _digest()  # SHA-256 of the secret in that browser's cookie
    path: str  # where on our own pages it goes afterwards
    address: str
    created_at: datetime = _time()
    expires_at: datetime = _time()
