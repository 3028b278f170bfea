"""The JSON that programs send and get, in parts that several routes share. Unknown keys are refused."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from auditor.access import Grant, Permission, Role, parsed_scope
from auditor.store.access.tokens import Token
from auditor.store.access.users import User, permissions_of

T = TypeVar("T")
U = TypeVar("U")
Name = Annotated[str, StringConstraints(max_length=100)]
Line = Annotated[str, StringConstraints(max_length=200)]
Secret = Annotated[SecretStr, Field(max_length=2000)]
Labels = Annotated[dict[Name, Name], Field(default_factory=dict, max_length=10, examples=[{"site": "ams"}])]
Limit = Annotated[int, Query(ge=1, le=500, description="How many at most.")]


def _written(text: str) -> str:
    if "\0" in text:
        raise ValueError("it holds a NUL character")
    return text


TextBody = Annotated[str, StringConstraints(min_length=1, max_length=1_000_000), AfterValidator(_written)]


class Form(BaseModel):
    """What is sent."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Page(BaseModel, Generic[T]):
    """Part of a list. `next` is what to ask for as `after` (or `before`) to get what follows; null at the end."""

    items: list[T]
    next: str | None = None


class GrantForm(Form):
    """A role within a scope; without labels, everywhere."""

    role: Role
    scope: Labels

    def grant(self) -> Grant:
        """The same, checked. Raises InputError."""
        return Grant(self.role, parsed_scope(self.scope))


class Granted(BaseModel):
    """A role that somebody has, and where."""

    role: Role
    scope: dict[str, str] = Field(description="Labels that a target must have; none is everything.")


class Person(BaseModel):
    """A user."""

    name: str
    display: str
    state: str = Field(examples=["active"])
    has_password: bool
    issuer: str | None = Field(description="The service that vouches for it, where it is not us.")
    grants: list[Granted]
    permissions: list[Permission] = Field(description="What it may do to at least one thing.")
    created_at: datetime
    changed_at: datetime


class TokenShown(BaseModel):
    """What is known of a token; its secret is shown once, when it is made."""

    id: int
    owner: str
    title: str
    permissions: list[Permission]
    scope: dict[str, str]
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    used_at: datetime | None
    used_from: str


def granted(grants: frozenset[Grant]) -> list[Granted]:
    """Grants in an order that stays."""
    ordered = sorted(grants, key=lambda one: (list(Role).index(one.role), str(one.scope)))
    return [Granted(role=one.role, scope=one.scope.as_dict()) for one in ordered]


def person(user: User) -> Person:
    """A user as the API shows it."""
    return Person(
        name=user.name,
        display=user.display,
        state=user.state,
        has_password=user.has_password,
        issuer=user.external[0] if user.external else None,
        grants=granted(user.grants),
        permissions=list(permissions_of(user)),
        created_at=user.created_at,
        changed_at=user.changed_at,
    )


def shown(token: Token) -> TokenShown:
    """A token as the API shows it."""
    return TokenShown(
        id=token.id,
        owner=token.owner,
        title=token.title,
        permissions=list(token.permissions),
        scope=token.scope.as_dict(),
        created_by=token.created_by,
        created_at=token.created_at,
        expires_at=token.expires_at,
        revoked_at=token.revoked_at,
        used_at=token.used_at,
        used_from=token.used_from,
    )


def page(found: Sequence[T], limit: int, show: Callable[[T], U], key: Callable[[T], str | int]) -> Page[U]:
    """A page of what was asked for with one more than `limit`, so that it is known whether more follows."""
    more = len(found) > limit
    items = list(found[:limit])
    return Page(items=[show(one) for one in items], next=str(key(items[-1])) if more and items else None)
