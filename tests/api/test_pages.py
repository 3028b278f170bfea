"""What pages get from the guards: forms that are sent without a script."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

from auditor.access import Permission, Role
from auditor.api import roles
from auditor.api.context import Context
from auditor.api.guard import Asks, allowed
from auditor.store.engine import Store
from tests.api.caller import Caller, signed_in
from tests.api.serving import served
from tests.store.access.people import person

FORM = "application/x-www-form-urlencoded"


@contextmanager
def with_page(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A service with one page more."""
    router = APIRouter()

    @router.post("/page", dependencies=[allowed(Permission.RUNS_WRITE, page=True)])
    def page(asks: Asks) -> PlainTextResponse:
        return PlainTextResponse(f"done by {asks.user.name}")

    monkeypatch.setattr(roles, "router", router)
    with served(Context(store)) as port:
        yield port


PARTS = "multipart/form-data; boundary=x"


def test_a_form_needs_the_token_of_its_session(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """In its field, or in the header; without, with another, in another kind of body: refused."""
    person(store, "zoe", Role.OPERATOR)
    person(store, "ann", Role.VIEWER)
    with with_page(store, monkeypatch) as port:
        zoe, ann = signed_in(port, store, "zoe"), signed_in(port, store, "ann")
        plain = Caller(port, zoe.cookie)
        good = f"name=x&csrf={zoe.csrf}".encode()
        sent = plain.ask("POST", "/page", good, Content_Type=f"{FORM}; charset=utf-8")
        assert (sent.status, sent.text) == (200, "done by zoe")
        assert zoe.ask("POST", "/page", b"name=x", Content_Type=FORM).status == 200
        for body, kind in (
            (b"name=x", FORM),
            (f"csrf={ann.csrf}".encode(), FORM),
            (f"csrf=&csrf={zoe.csrf}".encode()[:-1], FORM),
            (b"csrf=%ff%fe", FORM),
            (b"", FORM),
            (good, "text/plain"),
            (b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nx\r\n--x--\r\n', PARTS),
        ):
            assert plain.ask("POST", "/page", body, Content_Type=kind).status == 403, body
        assert plain.ask("POST", "/page", good, Content_Type=PARTS).status == 400, "it has no parts"
        elsewhere = plain.ask("POST", "/page", good, Content_Type=FORM, Origin="https://evil.example.org")
        assert elsewhere.status == 403
        mine = Caller(port, ann.cookie).ask("POST", "/page", f"csrf={ann.csrf}".encode(), Content_Type=FORM)
        assert mine.json["detail"] == "this needs the permission runs:write"
        assert Caller(port).ask("POST", "/page", good, Content_Type=FORM).status == 401
        flood = b"&".join(b"a=%d" % number for number in range(2000))
        assert plain.ask("POST", "/page", flood, Content_Type=FORM).status == 400
