"""Which passwords are taken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.access.passwords import LONGEST, SHORTEST, checked_password
from auditor.errors import InputError


@pytest.mark.parametrize(
    "password",
    [
        "", "short", "elevenchars", "password1234", "Password2026!", "P@ssw0rd2026", "Welcome12345", "Summer2026!!!!",
        "123456789012", "abcdefghijkl", "qwertyuiop12", "1qaz2wsx3edc", "aaaaaaaaaaaa", "abcabcabcabc", "zoe-zoe-1234",
        "zoezoezoezoe", "admin@admin123", "changemechangeme", "passwordpassword", "nopqrstuvwxyz", "098765432109",
        "Auditor-2026", "letmein123456", "\u0430bc\x00defghijk", "x" * (LONGEST + 1), "abcd\ud800efghijkl",
    ],
)  # fmt: skip
def test_what_is_tried_first_is_refused(password: str) -> None:
    """Too short, too long, the name, runs of keys, common words with digits around them; the message has none of it."""
    with pytest.raises(InputError) as caught:
        checked_password(password, "zoe")
    assert not password or password not in str(caught.value)


@pytest.mark.parametrize(
    "password",
    ["correct horse battery staple", "ŝparu la tagon", "vierzehn Elche kauen", "x7#Lq9!vTz2k", "zoe eats plums daily"],
)
def test_a_long_one_is_taken_without_rules_of_composition(password: str) -> None:
    """Small letters and blanks will do; the name may stand in it, if that is not all."""
    assert checked_password(password, "zoe") == password


def test_each_keyboards_way_of_writing_is_one_password() -> None:
    """A letter with its accent, and the letter and the accent, are the same."""
    assert checked_password("caf\u00e9 au lait noir", "zoe") == checked_password("cafe\u0301 au lait noir", "zoe")


@given(st.text(max_size=60), st.from_regex(r"[a-z]{1,10}", fullmatch=True))
def test_it_answers_for_any_text(password: str, name: str) -> None:
    """Whatever is typed is taken or refused, and one that is taken can be hashed and is taken again."""
    try:
        taken = checked_password(password, name)
    except InputError:
        return
    assert len(taken) >= SHORTEST
    assert checked_password(taken, name) == taken
    taken.encode()
