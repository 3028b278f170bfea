"""`/api/v1/tokens`: everybody makes and revokes his own, an admin sees and revokes all."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy import Connection

from auditor.access import Narrowing, Permission, may, parsed_scope
from auditor.api.forms import Form, Labels, Limit, Line, Name, Page, TokenShown, page, shown
from auditor.api.guard import Asking, Asks, World, allowed
from auditor.api.problems import ProblemError, described
from auditor.store.access import tokens, users

router = APIRouter(prefix="/api/v1/tokens", tags=["tokens"])
READ, WRITE = allowed(Permission.ACCOUNT_READ), allowed(Permission.ACCOUNT_WRITE)
ERRORS = described(401, 403, 404, 409, 422)


class NewToken(Form):
    """What a token is for, and until when."""

    title: Line = Field(examples=["nightly export"])
    permissions: list[Permission] = Field(min_length=1, max_length=len(Permission), examples=[["results:read"]])
    scope: Labels
    expires_at: AwareDatetime = Field(description="A year from now at most.")


class TokenMade(BaseModel):
    """A new token. `secret` is shown only now."""

    token: TokenShown
    secret: str = Field(examples=["aud_..."])


@router.get("", dependencies=[READ], responses=ERRORS)
def list_tokens(
    asks: Asks,
    world: World,
    owner: Annotated[Name | None, Query(description="Somebody else's, for admins; `*` is everybody.")] = None,
    after: Annotated[int, Query(ge=0, lt=1 << 53)] = 0,
    limit: Limit = 100,
) -> Page[TokenShown]:
    """Tokens, by number."""
    whose = asks.user.name if owner is None else owner
    if whose != asks.user.name and not _sees_all(asks):
        raise ProblemError(403, "not-allowed", f"this needs the permission {Permission.TOKENS_WRITE}")
    with world.store.reading() as connection:
        found = tokens.listed(connection, None if whose == "*" else whose, after, limit + 1)
    return page(found, limit, shown, lambda one: one.id)


@router.post("", dependencies=[WRITE], status_code=201, responses=ERRORS)
def make_token(form: NewToken, asks: Asks, world: World) -> TokenMade:
    """A token of one's own: never more than its owner, at any time."""
    with world.store.writing() as connection:
        return token_made(connection, form, asks)


@router.get("/{number}", dependencies=[READ], responses=ERRORS)
def show_token(number: int, asks: Asks, world: World) -> TokenShown:
    """One token."""
    with world.store.reading() as connection:
        token = tokens.find(connection, number)
    return shown(_visible(asks, token))


@router.delete("/{number}", dependencies=[WRITE], responses=ERRORS)
def revoke_token(number: int, asks: Asks, world: World) -> TokenShown:
    """Revoke it; revoking it again changes nothing."""
    with world.store.writing() as connection:
        return shown(token_revoked(connection, number, asks))


def token_made(connection: Connection, form: NewToken, asks: Asking) -> TokenMade:
    """A token of who asks; its secret is nowhere after. Raises InputError."""
    narrowing = Narrowing(frozenset(form.permissions), parsed_scope(form.scope))
    user, expires = users.find(connection, asks.user.name), form.expires_at
    token, secret = tokens.make(connection, user, form.title, narrowing, expires, asks.actor)
    return TokenMade(token=shown(token), secret=secret)


def token_revoked(connection: Connection, number: int, asks: Asking) -> tokens.Token:
    """The token, good for nothing from now on. Raises ProblemError for one that is not for who asks to see."""
    _visible(asks, tokens.find(connection, number))
    tokens.revoke(connection, number, asks.actor)
    return tokens.find(connection, number)


def _visible(asks: Asking, token: tokens.Token) -> tokens.Token:
    """The token, or the answer that there is none: whose tokens there are is nobody else's business."""
    if token.owner != asks.user.name and not _sees_all(asks):
        raise ProblemError(404, "not-found", f"there is no token {token.id}")
    return token


def _sees_all(asks: Asking) -> bool:
    return may(asks.principal, Permission.TOKENS_WRITE)
