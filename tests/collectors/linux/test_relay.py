"""Restriction lists of Postfix, read in the order in which smtpd walks them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.collectors.linux.sections.postfix import _old_protocols
from auditor.collectors.linux.sections.postfix_relay import LISTS, networks, relay, words_of

RELAY, RECIPIENT, CLIENT = "smtpd_relay_restrictions", "smtpd_recipient_restrictions", "smtpd_client_restrictions"
SAFE = "permit_mynetworks, permit_sasl_authenticated, "


@pytest.mark.parametrize(
    ("lists", "state"),
    [
        ({RELAY: SAFE + "defer_unauth_destination"}, "closed"),
        ({RELAY: SAFE + "reject_unauth_destination permit"}, "closed"),
        ({RELAY: SAFE + "permit"}, "open"),
        ({RELAY: ""}, "open"),
        ({RELAY: "permit", RECIPIENT: SAFE + "reject_unauth_destination"}, "closed"),
        ({RELAY: "", RECIPIENT: "permit_mynetworks reject"}, "closed"),
        ({RELAY: "permit_mynetworks", CLIENT: "permit_mynetworks,reject"}, "closed"),
        ({RELAY: "warn_if_reject reject_unauth_destination"}, "open"),
        ({RELAY: "warn_if_reject reject_unauth_destination, defer_unauth_destination"}, "closed"),
        ({RELAY: "permit_tls_all_clientcerts reject_unauth_destination"}, "open"),
        ({RELAY: "check_sender_access hash:/x, reject_unauth_destination"}, "depends"),
        ({RELAY: "check_client_access { permit { 1.2.3.4 OK } } reject"}, "depends"),
        ({RELAY: "check_policy_service inet:127.0.0.1:10023 reject_unauth_destination"}, "depends"),
        ({RELAY: "check_sender_access hash:/x, reject", RECIPIENT: "reject_unauth_destination"}, "closed"),
        ({RELAY: "ours reject", "smtpd_restriction_classes": "ours", "ours": "permit"}, "open"),
        ({RELAY: "ours", "smtpd_restriction_classes": "ours", "ours": "reject_unauth_destination"}, "closed"),
        ({RELAY: "ours reject", "smtpd_restriction_classes": "ours", "ours": "ours"}, "closed"),
        ({RELAY: "reject_unknown_client, reject_rbl_client example.org"}, "open"),
    ],
)
def test_one_list_that_refuses_is_enough(lists: dict[str, str], state: str) -> None:
    """A permit ends its own list only, a warning refuses nothing, and what a table decides is not known."""
    assert relay(lists, everyone_is_mine=False).state == state


def test_trust_in_everybody_is_no_guard() -> None:
    """With 0.0.0.0/0 in mynetworks, permit_mynetworks before the guard lets in all."""
    lists = {RELAY: SAFE + "reject_unauth_destination"}
    assert relay(lists, everyone_is_mine=True).state == "open"
    assert relay({RELAY: "reject_unauth_destination"}, everyone_is_mine=True).state == "closed"


def test_permits_that_a_client_may_claim() -> None:
    """Named when they stand before the guard, not behind it."""
    before = relay({RELAY: "check_sender_access hash:/x, reject_unauth_destination"}, everyone_is_mine=False)
    behind = relay({RELAY: "reject_unauth_destination, check_sender_access hash:/x"}, everyone_is_mine=False)
    assert (before.spoofable, behind.spoofable) == (("check_sender_access",), ())


def test_old_names_are_new_ones() -> None:
    """reject_unknown_client is reject_unknown_client_hostname; words that only warn do not count."""
    values = {CLIENT: "reject_unknown_client, warn_if_reject reject_rbl_client x", RELAY: "reject_invalid_hostname"}
    assert words_of(values) == ["reject_unknown_client_hostname", "reject_invalid_helo_hostname"]


@pytest.mark.parametrize(
    ("text", "wide", "everyone"),
    [
        ("127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128", [], False),
        ("10.0.0.0/8, 192.168.0.0/16 [fe80::]/64 [fd00::]/8", [], False),
        ("0.0.0.0/0", ["0.0.0.0/0"], True),
        ("[::]/0", ["[::]/0"], True),
        ("8.8.8.0/24", ["8.8.8.0/24"], False),
        ("!8.8.8.8 10.0.0.1", [], False),
        ("hash:/etc/postfix/nets", ["hash:/etc/postfix/nets"], False),
        ("static:all", ["static:all"], True),
        ("[::ffff:8.8.8.0]/120", ["[::ffff:8.8.8.0]/120"], False),
    ],
)
def test_networks_that_anybody_may_be_in(text: str, wide: list[str], everyone: bool) -> None:
    """Public space, tables, and everything at once; addresses of IPv4 written as IPv6 are what they are."""
    assert networks(text)[1:] == (wide, everyone)


@pytest.mark.parametrize(
    ("text", "old"),
    [
        (">=TLSv1.2", []),
        (">=TLSv1", ["TLSv1", "TLSv1.1"]),
        ("!SSLv2, !SSLv3", ["TLSv1", "TLSv1.1"]),
        ("!SSLv2, !SSLv3, !TLSv1, !TLSv1.1", []),
        ("TLSv1.2", []),
        ("SSLv3, TLSv1.2", ["SSLv3"]),
        ("", ["SSLv3", "TLSv1", "TLSv1.1"]),
        (">=TLSv1.2, <=TLSv1.3", []),
    ],
)
def test_protocols_by_range_and_by_name(text: str, old: list[str]) -> None:
    """The forms before and after 3.6."""
    assert _old_protocols(text) == old


_WORDS = st.sampled_from(
    ["permit", "reject", "permit_mynetworks", "reject_unauth_destination", "warn_if_reject", "check_sender_access",
     "hash:/x", "ours", "{", "}", "{ a, b }", ",", "\ufffd", "defer_unauth_destination", "sleep 1"]
)  # fmt: skip
_LIST = st.lists(_WORDS, max_size=12).map(" ".join) | st.text(max_size=60)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.dictionaries(st.sampled_from([*LISTS, "ours", "smtpd_restriction_classes"]), _LIST), st.booleans())
def test_any_lists_have_a_verdict(lists: dict[str, str], everyone: bool) -> None:
    """One of three, whatever stands there; and a list that refuses first closes, whatever else stands in others."""
    assert relay(lists, everyone).state in ("closed", "open", "depends")
    assert relay({**lists, RECIPIENT: "reject_unauth_destination"}, everyone).state == "closed"


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.text(max_size=60))
def test_any_networks_are_read(text: str) -> None:
    """No text raises."""
    members, wide, _ = networks(text)
    assert set(wide) <= set(members)
