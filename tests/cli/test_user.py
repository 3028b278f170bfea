"""`auditor user`, `auditor token` and `auditor verify`, as processes: done on the server, they need no sign-in."""

import json
import os
import pty
import re
import select
import sys
import time
from pathlib import Path

import pytest

from auditor.store.access import sessions
from auditor.store.access.signing_in import Attempt, RefusedError, sign_in
from auditor.store.engine import Store, open_store
from tests.cli.running import Done, auditor
from tests.store.access.people import OTHER, PASSWORD


def run(folder: Path, *arguments: str, said: str = "") -> Done:
    """A command that gets a line on its standard input."""
    return auditor(folder, *arguments, said=said)


def store(folder: Path) -> Store:
    return open_store(f"sqlite:///{folder}/.state/auditor.sqlite")


def test_a_user_is_added_changed_and_signs_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From nothing: the database is made too. The password comes by standard input, and stands in no output."""
    monkeypatch.setenv("AUDITOR_STATE", str(tmp_path / ".state"))
    added = run(tmp_path, "user", "add", "zoe", "--role", "admin", "--display", "Zoé", said=PASSWORD + "\n")
    assert (added.status, added.out) == (0, "zoe is added: admin\n"), added.err
    opened = store(tmp_path)
    assert sign_in(opened, Attempt("zoe", PASSWORD, "")).user.name == "zoe"
    assert run(tmp_path, "user", "add", "zoe", "--no-password").status == 2
    run(
        tmp_path, "user", "add", "ann", "--no-password", "--role", "viewer", "--role", "operator", "--label", "site=ams"
    )
    assert run(tmp_path, "user", "grant", "ann", "approver").out == "ann is approver of everything\n"
    assert run(tmp_path, "user", "revoke", "ann", "viewer").out == "ann is not viewer of everything\n"
    assert run(tmp_path, "user", "revoke", "ann", "viewer", "--label", "site=ams").status == 0
    listed = json.loads(run(tmp_path, "user", "list", "-f", "json").out)
    assert [(one["name"], one["display"], one["password"]) for one in listed] == [
        ("ann", "", False),
        ("zoe", "Zoé", True),
    ]
    assert listed[0]["grants"] == [
        {"role": "approver", "scope": {}},
        {"role": "operator", "scope": {"site": "ams"}},
    ]
    shown = run(tmp_path, "user", "show", "ann").out
    assert "not at all yet" in shown
    assert "waivers:decide" in shown
    last = run(tmp_path, "user", "disable", "zoe")
    assert last.status == 2
    assert "last admin" in last.err
    assert run(tmp_path, "user", "disable", "ann").out == "ann is disabled\n"
    assert run(tmp_path, "user", "enable", "ann").out == "ann is active\n"
    secret = sign_in(opened, Attempt("zoe", PASSWORD, "")).secret
    assert run(tmp_path, "user", "password", "zoe", said=OTHER + "\n").status == 0
    assert sessions.signed_in(opened, secret) is None
    with pytest.raises(RefusedError):
        sign_in(opened, Attempt("zoe", PASSWORD, ""))
    assert sign_in(opened, Attempt("zoe", OTHER, "")).user.name == "zoe"
    assert run(tmp_path, "user", "password", "ann", "--token").out.startswith("audonce_")
    opened.close()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("", "no password on standard input"),
        ("\n", "no password on standard input"),
        ("canary\n", "at least 12 characters"),
        ("Password2026!\n", "tried first"),
        ("x" * 20_000 + "\n", "at most 1000"),
    ],
)
def test_a_password_that_is_not_taken_is_not_told(tmp_path: Path, said: str, told: str) -> None:
    """Status 2, one message without it, and no user."""
    done = run(tmp_path, "user", "add", "zoe", said=said)
    assert done.status == 2
    assert told in done.err
    assert not said.strip() or said.strip() not in done.err + done.out
    assert json.loads(run(tmp_path, "user", "list", "-f", "json").out) == []


def test_there_is_no_option_for_a_password() -> None:
    """A command line is seen by everybody on the machine."""
    import typer

    from auditor.cli.user import app

    group = typer.main.get_command(app)
    commands = group.commands.values()  # type: ignore[attr-defined]
    flags = {
        name
        for one in commands
        for p in one.params
        if not getattr(p, "is_flag", False)
        for name in p.opts
        if name[0] == "-"
    }
    assert {one for one in flags if "pass" in one} == set()


def test_at_a_terminal_a_password_is_asked_for_twice_and_not_shown(tmp_path: Path) -> None:
    """What is typed is not echoed; two that differ make no user."""
    for second, status in ((OTHER, 2), (PASSWORD, 0)):
        said, code = typed(tmp_path, ["user", "add", "zoe"], [PASSWORD, second])
        assert code == status, said
        assert said.count("Password of zoe: ") == 1
        assert "Once more: " in said
        assert "canary" not in said


def typed(folder: Path, arguments: list[str], lines: list[str]) -> tuple[str, int]:
    """What a terminal shows when these lines are typed at its prompts, and the exit status."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["AUDITOR_STATE"] = str(folder / ".state")
        os.execv(sys.executable, [sys.executable, "-m", "auditor", *arguments])  # noqa: S606  it is the terminal's child
    said, waiting, end = "", list(lines), time.monotonic() + 120
    while time.monotonic() < end:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                piece = os.read(terminal, 4096)
            except OSError:
                break
            if not piece:
                break
            said += piece.decode()
        if waiting and len(re.findall(r": ", said)) > len(lines) - len(waiting):
            os.write(terminal, waiting.pop(0).encode() + b"\n")
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    return said, os.waitstatus_to_exitcode(status)


def test_a_token_is_printed_once(tmp_path: Path) -> None:
    """On standard output and nowhere after; it can be listed and revoked by its number."""
    run(tmp_path, "user", "add", "zoe", "--no-password", "--role", "operator")
    made = run(tmp_path, "token", "create", "--user", "zoe", "--title", "export", "-p", "results:read", "--days", "7")
    assert re.fullmatch(r"aud_[\w-]{43}\n", made.out)
    assert made.out.strip() not in made.err
    (listed,) = json.loads(run(tmp_path, "token", "list", "-f", "json").out)
    assert (listed["owner"], listed["permissions"], listed["revoked_at"]) == ("zoe", ["results:read"], None)
    text = run(tmp_path, "token", "list", "--user", "zoe").out
    assert "good" in text
    assert made.out.strip() not in text
    assert run(tmp_path, "token", "revoke", str(listed["id"])).status == 0
    assert "revoked" in run(tmp_path, "token", "list").out
    wrong = run(tmp_path, "token", "create", "--user", "zoe", "--title", "x", "-p", "users:write")
    assert wrong.status == 2
    assert "no token may have users:write" in wrong.err
    assert run(tmp_path, "token", "revoke", "99").status == 2


def test_verify_says_how_many_entries_hold(tmp_path: Path) -> None:
    """With the head; and the first that does not hold, when somebody changed one."""
    run(tmp_path, "user", "add", "zoe", "--no-password", "--role", "admin")
    well = auditor(tmp_path, "verify", "--journal", "-f", "json")
    said = json.loads(well.out)
    assert (well.status, said["entries"], said["broken"]) == (0, 2, None)
    assert auditor(tmp_path, "verify", "--journal", "--head", said["head"]).status == 0
    assert auditor(tmp_path, "verify").status == 2
    opened = store(tmp_path)
    with opened.writing() as connection:
        connection.exec_driver_sql("UPDATE journal SET object = 'mallory' WHERE id = 2")
    opened.close()
    broken = auditor(tmp_path, "verify", "--journal")
    assert broken.status == 1
    assert "entry 2 does not hold" in broken.out
