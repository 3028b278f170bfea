"""PAM stacks walked as libpam walks them; what their modules will do follows from who is reached and refused."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.collectors.linux.frame import Record
from auditor.collectors.linux.sections.pam_flow import BAD, IGNORE, OK, Broken, Node, Substack, actions, nodes, walk
from auditor.facts.linux_people import PamEntry
from tests.collectors.linux.helpers import lines, read_records

BOUNDED = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def pam(**files: str) -> dict[str, Any]:
    """The PAM facts of files of /etc/pam.d; `_conf` at the end of a name stands in /etc/security."""
    named = {
        f"etc__security__{name.removesuffix('_conf')}_DOT_conf" if name.endswith("_conf") else
        f"etc__pam_DOT_d__{name.replace('_', '_DASH_')}": text
        for name, text in files.items()
    }  # fmt: skip
    found: dict[str, Any] = read_records(conf=lines(**named)).facts["pam"]
    return found


DEBIAN = (
    "auth requisite pam_faillock.so preauth\nauth [success=2 default=ignore] pam_unix.so\n"
    "auth [default=die] pam_faillock.so authfail\nauth requisite pam_deny.so\nauth required pam_permit.so\n"
    "account required pam_faillock.so\naccount required pam_unix.so\n"
)
RHEL = (
    "auth required pam_env.so\nauth required pam_faildelay.so delay=2000000\n"
    "auth required pam_faillock.so preauth silent\n"
    "auth [default=1 ignore=ignore success=ok] pam_usertype.so isregular\n"
    "auth [default=1 ignore=ignore success=ok] pam_localuser.so\n"
    "auth sufficient pam_unix.so nullok\n"
    "auth [default=1 ignore=ignore success=ok] pam_usertype.so isregular\n"
    "auth sufficient pam_sss.so forward_pass\nauth required pam_faillock.so authfail\nauth required pam_deny.so\n"
    "account required pam_faillock.so\naccount required pam_unix.so\n"
    "account sufficient pam_localuser.so\naccount required pam_permit.so\n"
    "password requisite pam_pwquality.so local_users_only\n"
    "password requisite pam_pwhistory.so remember=5 use_authtok\n"
    "password sufficient pam_unix.so yescrypt shadow nullok use_authtok\npassword required pam_deny.so\n"
)


@pytest.mark.parametrize("stack", [DEBIAN, RHEL], ids=["debian", "rhel"])
def test_the_stacks_of_both_families_lock(stack: str) -> None:
    """As pam-auth-update and authselect write them, for both logins."""
    lock = pam(login=stack, sshd=stack)["faillock"]
    assert (lock["in_use"], lock["resets"]) == (True, True)


@pytest.mark.parametrize(
    "stack",
    [
        DEBIAN.replace("requisite pam_faillock.so preauth", "optional pam_faillock.so preauth"),
        DEBIAN.replace("auth [default=die] pam_faillock.so authfail\n", ""),
        DEBIAN.replace("auth requisite pam_faillock.so preauth\n", ""),
        DEBIAN.replace("default=ignore] pam_unix", "default=die] pam_unix"),
        DEBIAN.replace("auth [default=die]", "auth [success=1 default=ignore] pam_permit.so\nauth [default=die]"),
        "auth sufficient pam_unix.so\n" + DEBIAN,
        RHEL.replace("auth required pam_faillock.so preauth silent\n", "") + "auth required pam_faillock.so preauth\n",
        RHEL.replace("required pam_faillock.so authfail", "required pam_faillock.so authsucc"),
        RHEL.replace("auth sufficient pam_unix.so nullok", "auth requisite pam_unix.so nullok"),
    ],
)
def test_a_lock_that_is_walked_around_is_none(stack: str) -> None:
    """Lines alone do not lock: a jump, a sufficient, an optional before them takes their effect away."""
    assert pam(login=stack, sshd=RHEL)["faillock"]["in_use"] is False


def test_a_count_that_nobody_clears_is_named() -> None:
    """Without an account line and without authsucc, old failures lock a user who logged in since."""
    assert pam(login=DEBIAN.replace("account required pam_faillock.so\n", ""))["faillock"]["resets"] is False


def test_never_is_the_strictest_time() -> None:
    """faillock.conf knows the word never; it was read as a misspelling once, and 600 s held in its place."""
    lock = pam(login=DEBIAN, faillock_conf="unlock_time = never\nroot_unlock_time=never\naudit\ndir = /var/log/x\n")
    assert {k: lock["faillock"][k] for k in ("unlock_time", "root_unlock_time", "audit", "dir")} == {
        "unlock_time": 0,
        "root_unlock_time": 0,
        "audit": True,
        "dir": "/var/log/x",
    }


def test_the_weakest_line_counts() -> None:
    """deny on one of two lines leaves the other with the file's value, and that one lets more through."""
    stack = DEBIAN.replace("authfail", "authfail deny=3")
    assert pam(login=stack, faillock_conf="deny = 9\n")["faillock"]["deny"] == 9


@pytest.mark.parametrize(
    ("line", "enforced"),
    [
        ("password requisite pam_pwquality.so", True),
        ("password required pam_pwquality.so", True),
        ("password optional pam_pwquality.so", False),
        ("password [success=ok default=ignore] pam_pwquality.so", False),
        ("password [success=1 default=ignore] pam_unix.so\npassword requisite pam_pwquality.so", False),
        ("-password requisite pam_pwquality.so", True),
    ],
)
def test_quality_counts_where_a_bad_password_is_refused(line: str, enforced: bool) -> None:
    """A module that may be ignored, or that is jumped over, only warns."""
    stack = f"{line}\npassword [success=1 default=ignore] pam_unix.so yescrypt use_authtok\n"
    stack += "password requisite pam_deny.so\npassword required pam_permit.so\n"
    assert pam(passwd=stack)["pwquality"]["in_use"] is enforced


def test_one_service_without_quality_is_enough() -> None:
    """An expired password is changed through the stack of the login itself."""
    bare = "password required pam_unix.so\n"
    assert pam(passwd=RHEL, sshd=RHEL)["pwquality"]["in_use"] is True
    assert pam(passwd=RHEL, sshd=bare)["pwquality"]["in_use"] is False
    assert pam(passwd=RHEL, sshd="auth required pam_unix.so\n")["pwquality"]["in_use"] is True


def test_credits_shorten_what_is_asked_for() -> None:
    """Positive credits are taken off the length, which never falls below six; the main file beats its drop-ins."""
    conf = "minlen = 14\ndcredit = 2\nucredit=1\n"
    assert pam(passwd=RHEL, pwquality_conf=conf)["pwquality"]["shortest"] == 11
    assert pam(passwd=RHEL, pwquality_conf="minlen = 7\nlcredit = 5\n")["pwquality"]["shortest"] == 6


def test_history_hash_and_tokens_of_a_password_stack() -> None:
    """remember from arguments, the scheme from the last keyword or login.defs, use_authtok on later modules."""
    found = pam(passwd=RHEL)
    assert (found["pwhistory"]["in_use"], found["pwhistory"]["remember"]) == (True, 5)
    assert (found["hash"], found["asked_again"], found["unix_remember"]) == ("yescrypt", [], [])
    bare = RHEL.replace(" use_authtok", "").replace(" yescrypt", " remember=3")
    conf = lines(etc__pam_DOT_d__passwd=bare, etc__login_DOT_defs="ENCRYPT_METHOD SHA512\n")
    found = read_records(conf=conf).facts["pam"]
    assert found["hash"] == "sha512"
    assert found["asked_again"] == ["passwd pam_pwhistory.so", "passwd pam_unix.so"]
    assert found["unix_remember"] == ["passwd"]


@pytest.mark.parametrize(
    ("line", "restricted"),
    [
        ("auth required pam_wheel.so use_uid", True),
        ("auth requisite pam_wheel.so use_uid group=admins", True),
        ("auth required pam_wheel.so", False),
        ("auth sufficient pam_wheel.so use_uid trust", False),
        ("auth required pam_wheel.so use_uid deny group=guests", False),
        ("auth sufficient pam_unix.so\nauth required pam_wheel.so use_uid", False),
        ("# auth required pam_wheel.so use_uid", False),
    ],
)
def test_su_is_restricted_where_the_rest_stay_out(line: str, restricted: bool) -> None:
    """Root passes by pam_rootok; whoever else pam_wheel refuses must not get through with the right password."""
    stack = f"auth sufficient pam_rootok.so\n{line}\nauth required pam_unix.so\n"
    assert pam(su=stack)["su_restricted"] is restricted


@pytest.mark.parametrize(
    "stack", ["@include gone\n", "auth include gone\n", "auth substack login\n", "@include login\n@include login\n"]
)
def test_a_stack_that_is_not_whole_decides_nothing(stack: str) -> None:
    """libpam refuses a service with a missing or endless include: its facts are gaps, the others stay."""
    found = read_records(conf=lines(etc__pam_DOT_d__login=stack, etc__pam_DOT_d__su=RHEL))
    assert "pam.faillock" in found.gaps
    assert found.facts["pam"]["incomplete"] == ["login"]
    assert "pam.su_restricted" not in found.gaps


def test_a_line_beyond_all_bounds_is_a_gap() -> None:
    """A line of megabytes, as many lines continued, more than is kept: none hangs the reader, none passes."""
    long = "/etc/pam.d/login:1:auth required pam_unix.so " + "["
    assert "longer than" in read_records(conf=long + "[" * 2_500_000).gaps["pam"]
    assert "larger than 3 MB" in read_records(conf=long + "[" * 10_000_000).gaps["pam"]
    many = "".join(f"/etc/pam.d/login:{n}:\\\n" for n in range(1, 100_000))
    assert "longer than" in read_records(conf=many).gaps["pam"]


@pytest.mark.parametrize(
    "text", ["auth required pam_unix.so\r", "auth\trequired\tpam_unix.so \ufffd\ufffd", "AUTH Required pam_unix.so"]
)
def test_ends_of_lines_letters_and_odd_bytes_change_nothing(text: str) -> None:
    """CRLF, tabs, capitals and bytes that were no UTF-8 leave a line what it is."""
    found = read_records(conf=f"/etc/pam.d/login:1:{text}\n").facts["pam"]["stacks"]["login"]
    assert [(e["type"], e["module"]) for e in found] == [("auth", "pam_unix.so")]


def test_a_folder_closed_to_the_user_is_a_gap() -> None:
    """One service that cannot be read could be any of them."""
    denied = Record("/etc/pam.d/su:1:auth required pam_unix.so\n", 2, "grep: /etc/pam.d/sshd: Permission denied")
    assert "sshd" in read_records(conf=denied).gaps["pam"]


CONTROLS = st.sampled_from(
    ["required", "requisite", "sufficient", "optional", "[success=1 default=ignore]", "[default=die]", "[success=done]",
     "[success=ok default=bad]", "[success=9 default=2]", "[default=reset]", "[", "nonsense", "[success=99999999]"]
)  # fmt: skip
MODULES = st.sampled_from(["a.so", "b.so", "c.so"])


def entry(control: str, module: str) -> PamEntry:
    return PamEntry(type="auth", control=control, module=module, args=[], source="x:1")


ENTRIES = st.builds(entry, CONTROLS, MODULES)
STACKS = st.recursive(
    st.lists(ENTRIES, max_size=6),
    lambda inner: st.lists(ENTRIES | st.builds(lambda n: Substack(tuple(n)), inner), max_size=6),
)
ANSWERS = st.fixed_dictionaries(
    {m: st.sampled_from([OK, BAD, IGNORE, "user_unknown"]) for m in ("a.so", "b.so", "c.so")}
)


@BOUNDED
@given(STACKS, ANSWERS)
def test_any_stack_comes_to_a_verdict(stack: Sequence[Node], said: dict[str, str]) -> None:
    """Each line is reached at most once, and who is refused by all is never let in."""
    found = walk(stack, lambda e: said[e.module])
    assert len(found.reached) <= str(stack).count("PamEntry")
    assert not walk(stack, lambda e: BAD).granted
    assert walk([], lambda e: OK).granted is False


@BOUNDED
@given(STACKS, ANSWERS)
def test_a_requisite_in_front_that_refuses_keeps_everybody_out(stack: Sequence[Node], said: dict[str, str]) -> None:
    """Whatever stands behind it: the strongest control there is; a required one does so as well, unless reset."""
    guard = entry("requisite", "guard.so")
    assert not walk([guard, *stack], lambda e: BAD if e is guard else said[e.module]).granted
    if "reset" not in str(stack):
        guard = entry("required", "guard.so")
        assert not walk([guard, *stack], lambda e: BAD if e is guard else said[e.module]).granted


@BOUNDED
@given(STACKS, ANSWERS)
def test_an_optional_that_is_ignored_changes_nothing(stack: Sequence[Node], said: dict[str, str]) -> None:
    """A module that says ignore has no say, in front of any stack."""
    extra = entry("optional", "extra.so")
    both = walk([extra, *stack], lambda e: IGNORE if e is extra else said[e.module])
    assert both.granted is walk(stack, lambda e: said[e.module]).granted


@BOUNDED
@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), st.lists(
    st.tuples(st.sampled_from(["include", "substack", "required", "*"]), st.sampled_from(["a", "b", "c", "gone"])),
    max_size=4), min_size=1))  # fmt: skip
def test_any_includes_end(files: dict[str, list[tuple[str, str]]]) -> None:
    """Whatever includes whatever: a stack, or a word that it is broken."""
    raw = {name: [PamEntry(type="auth", control=c, module=m, args=[], source="x:1") for c, m in rows]
           for name, rows in files.items()}  # fmt: skip
    for name in raw:
        try:
            nodes(raw, name, "auth")
        except Broken:
            pass


@BOUNDED
@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    """No line of a PAM file makes the reader raise or call a stack what it is not."""
    found = read_records(conf="".join(f"/etc/pam.d/sshd:{n}:{line}\n" for n, line in enumerate(text.split("\n"), 1)))
    assert "pam" in found.facts or "pam" in found.gaps


@pytest.mark.parametrize("control", ["required", "[success=ok]", "[", "]", "[a=b c=d e]", ""])
def test_any_control_is_a_table(control: str) -> None:
    """What is no control at all is as strict as required."""
    assert isinstance(actions(control), dict)
