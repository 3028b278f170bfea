"""The service as a process: what a hundred megabytes do to it, and where secrets go."""

import http.client
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.access import Role
from auditor.api.frame import LARGEST_BODY
from auditor.store.access import onetime, tokens, users
from auditor.store.access.acting import local_actor
from auditor.store.engine import Store
from tests.api.alone import Alone, alone
from tests.api.caller import Caller, signed_in
from tests.api.rows import made
from tests.store.access.people import OTHER, PASSWORD, dump, person, spellings
from tests.store.access.test_tokens import made as token_of

MIB = 1 << 20
HUGE = 100 * MIB


@pytest.fixture
def service(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Alone, Store]]:
    """A process over a database of either kind."""
    monkeypatch.setenv("AUDITOR_STATE", str(tmp_path))
    store = made(database_url)
    with alone(database_url, tmp_path) as running:
        yield running, store
    store.close()


def announced(port: int, size: int) -> tuple[int, str]:
    """Status and kind of the answer to a body of this size, of which not one byte is sent."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.putrequest("POST", "/api/v1/session")
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", str(size))
    connection.endheaders()
    answer = connection.getresponse()
    connection.close()
    return answer.status, answer.getheader("Content-Type", "")


def refused(port: int, head: bytes, piece: bytes) -> tuple[bytes, int]:
    """What is answered to a body that goes on and on, and how much of it was taken before."""
    sent = 0
    with socket.create_connection(("127.0.0.1", port), timeout=60) as caller:
        caller.sendall(b"POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + head)
        try:
            while sent < HUGE:
                caller.sendall(piece)
                sent += len(piece)
        except OSError:
            pass
        try:
            return caller.recv(4096), sent
        except ConnectionResetError:
            return b"", sent


def test_a_huge_body_is_refused_early(service: tuple[Alone, Store]) -> None:
    """Announced or in chunks, 100 MB are answered 413 or cut off; memory does not grow, and others are served."""
    running, _ = service
    assert Caller(running.port).ask("POST", "/api/v1/session", {}).status == 422
    before = running.memory()
    assert announced(running.port, HUGE) == (413, "application/problem+json")
    piece = b"%x\r\n" % 65536 + b" " * 65536 + b"\r\n"
    cases = [(b"Content-Length: %d\r\n\r\n" % HUGE, b" " * 65536), (b"Transfer-Encoding: chunked\r\n\r\n", piece)]
    for head, one in cases:
        said, sent = refused(running.port, head, one)
        assert said == b"" or said.startswith(b"HTTP/1.1 413")
        assert sent < HUGE / 2
    assert running.memory() - before < 20 * 1024
    fits = b'{"name": "' + b"x" * (LARGEST_BODY - 100) + b'"}'
    assert Caller(running.port).ask("POST", "/api/v1/session", fits).status == 422
    assert announced(running.port, LARGEST_BODY + 1)[0] == 413
    assert Caller(running.port).ask("GET", "/health/live").status == 200


def test_of_several_at_once_one_makes_the_first_admin(service: tuple[Alone, Store]) -> None:
    """Over HTTP too: one 201, the others 422, one user."""
    running, store = service
    with store.writing() as connection:
        token = onetime.setup_token(connection, local_actor())
    ready, seen = threading.Barrier(6), []

    def use(number: int) -> None:
        ready.wait()
        body = {"token": token, "name": f"user{number}", "password": PASSWORD}
        seen.append(Caller(running.port).ask("POST", "/api/v1/setup", body).status)

    every = [threading.Thread(target=use, args=(number,)) for number in range(6)]
    for one in every:
        one.start()
    for one in every:
        one.join()
    assert sorted(seen) == [201, *[422] * 5]
    with store.reading() as connection:
        assert len(users.listed(connection)) == 1


def test_a_secret_goes_nowhere(service: tuple[Alone, Store], database_url: str) -> None:
    """Database, its files, log, journal, answers to errors, the list of processes: none has it, however spelled."""
    running, store = service
    person(store, "zoe", Role.ADMIN)
    person(store, "ann", Role.VIEWER)
    zoe = signed_in(running.port, store, "zoe")
    _, token = token_of(store, "ann")
    handed = zoe.ask("POST", "/api/v1/users/ann/password-token").json["token"]
    said: list[str] = []

    def send(caller: Caller, method: str, path: str, body: object = None, **headers: str) -> None:
        answer = caller.ask(method, path, body, **headers)
        said.append(answer.text + str({**answer.headers, "set-cookie": ""}))

    stranger, program = Caller(running.port), Caller(running.port, token=token)
    send(stranger, "POST", "/api/v1/session", {"name": PASSWORD, "password": OTHER})
    send(stranger, "POST", "/api/v1/session", {"name": "zoe", "password": OTHER, PASSWORD: 1})
    send(stranger, "POST", "/api/v1/session", {"name": "zoe", "password": PASSWORD})
    send(stranger, "POST", "/api/v1/session", b'{"password": "' + OTHER.encode())
    send(stranger, "POST", "/api/v1/password", {"token": handed, "password": "short"})
    send(stranger, "POST", "/api/v1/setup", {"token": handed, "name": "x", "password": OTHER})
    send(program, "GET", "/api/v1/session")
    send(program, "GET", "/api/v1/users")
    send(stranger, "GET", f"/api/v1/tokens/{token}")
    send(stranger, "GET", f"/nowhere/{handed}?token={token}")
    send(stranger, "GET", "/api/v1/session", Cookie=f"auditor_session={zoe.cookie[:-1]}")
    send(zoe, "PUT", "/api/v1/session/password", {"current": OTHER, "new": OTHER})
    secrets = {"password": PASSWORD, "other": OTHER, "token": token, "handed": handed, "session": zoe.cookie}
    places = {
        "database": dump(store),
        "log": running.log.read_bytes(),
        "answers": "\n".join(said).encode(),
        "process": running.seen_by_others(),
    }
    if store.is_sqlite:
        file = Path(database_url.removeprefix("sqlite:///"))
        places["files"] = b"".join(path.read_bytes() for path in file.parent.glob(file.name + "*"))
    with store.reading() as connection:
        assert tokens.listed(connection, "ann")[0].used_at is not None  # it was really used
    for name, secret in secrets.items():
        for how, spelling in spellings(secret).items():
            for place, content in places.items():
                assert spelling not in content, (name, how, place)
