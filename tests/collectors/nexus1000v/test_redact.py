"""Secrets leave the text before it is kept; everything else stays as it was, line by line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.collectors.nexus1000v.redact import redact
from auditor.evidence.redaction import parse_token
from tests.collectors.nexus1000v.configs import KEY
from tests.collectors.nexus1000v.peers import captured
from tests.simulators.nxos import texts
from tests.simulators.nxos.device import Device, running

SECRET = "Tr0ub4dor_and_3"
WITH_SECRET = {
    "username a password 5 $5$SALTSALT$" + SECRET + "  role network-admin": "sha256crypt",
    "username a password 0 " + SECRET: "plain",
    "username a password 8 $nx-pbkdf2$" + SECRET: "pbkdf2",
    "enable secret 5 $1$SALTSALT$" + SECRET: "md5crypt",
    "snmp-server community " + SECRET + " group network-admin": "plain",
    "snmp-server community " + SECRET + " use-acl readers": "plain",
    "snmp-server host 192.0.2.1 traps version 2c " + SECRET + " udp-port 162": "plain",
    "snmp-server host 192.0.2.1 " + SECRET: "plain",
    "snmp-server user a network-admin auth md5 " + SECRET + " priv 0x1234 localizedkey": "md5",
    "snmp-server user a auth sha 0x1234 priv aes-128 " + SECRET: "sha",
    'tacacs-server key 7 "' + SECRET + '"': "type7",
    'tacacs-server host 192.0.2.1 port 49 key 6 "' + SECRET + '" timeout 5': "type6",
    "radius-server host 192.0.2.1 key " + SECRET + " authentication accounting": "plain",
    "ntp authentication-key 1 md5 " + SECRET + " 7": "md5",
    "  key-string 7 " + SECRET: "type7",
    "    password 3 " + SECRET: "3des",
    "  ip ospf message-digest-key 1 md5 3 " + SECRET: "md5",
    "vtp password " + SECRET: "plain",
    "  shared-secret " + SECRET: "plain",
    "  authentication-key " + SECRET: "plain",
    "username a password 0 " + SECRET + " password prompt": "plain",
    "tacacs-server host 192.0.2.1 test username probe password " + SECRET + " idle-time 3": "plain",
    "snmp-server host 192.0.2.1 traps-" + SECRET: "plain",
    "snmp-server user priv auth md5 " + SECRET: "md5",
    "snmp-server user a priv auth md5 " + SECRET: "md5",
    "snmp-server user a readers auth sha " + SECRET + " priv des" + SECRET + " localizedkey": "sha",
    "snmp-server mib community-map " + SECRET + " context a": "plain",
    "crypto isakmp key " + SECRET + " address 192.0.2.1": "plain",
    "  ip ospf authentication-key 0 " + SECRET: "plain",
    "  vrrp authentication text " + SECRET: "plain",
    "  key-octet-string 7 " + SECRET + " cryptographic-algorithm AES_128_CMAC": "type7",
    "action 1 cli copy running-config scp://backup:" + SECRET + "@192.0.2.9/x": "plain",
    "proxy password=" + SECRET: "plain",
    "+ snmp-server host 192.0.2.1 version 2c " + SECRET: "plain",
    "+ snmp-server user a network-admin auth md5 " + SECRET + " priv aes-128 " + SECRET: "md5",
    '- tacacs-server key 7 "' + SECRET + '"': "type7",
    "! ntp authentication-key 1 md5 " + SECRET + " 7": "md5",
    "!radius-server host 192.0.2.1 key " + SECRET: "plain",
    "no snmp-server community " + SECRET: "plain",
    "something new with $6$SALTSALT$" + SECRET: "sha512crypt",
    "something else 0x00112233445566778899aabbccddeeff" + "00" * 4: "hex",
}
HARMLESS = [
    "userpassphrase min-length 15 max-length 80",
    "no password strength-check",
    "feature password encryption aes",
    "username a passphrase lifetime 99 warntime 14 gracetime 3",
    "snmp-server host 192.0.2.1 use-vrf management",
    "snmp-server host 192.0.2.1 source-interface mgmt0",
    "snmp-server host 192.0.2.1 traps version 3 priv audit",
    "snmp-server user a use-ipv4acl readers",
    "snmp-server community ********** group network-operator",
    "  send-community extended",
    "ssh key rsa 2048",
    "  description the password is elsewhere",
]


@pytest.mark.parametrize(("line", "algorithm"), WITH_SECRET.items())
def test_secret_becomes_a_token(line: str, algorithm: str) -> None:
    """The secret is gone, a token that tells its algorithm stands in its place, and one line stays one line."""
    redacted = redact(line + "\n", KEY)
    token = parse_token(redacted)
    assert SECRET not in redacted
    assert "0x0011" not in redacted
    assert token is not None
    assert token.algorithm == algorithm
    assert redacted.count("\n") == 1


@pytest.mark.parametrize("line", [line for line in HARMLESS if "description" not in line])
def test_other_words_stay(line: str) -> None:
    """Lines that only speak of passwords and communities are left as they are; masked secrets too."""
    assert redact(line + "\n", KEY) == line + "\n"


def test_equal_secrets_have_equal_tokens_and_known_ones_say_so() -> None:
    """Drift sees that a community stayed the same, and a rule that it is one of the first to be tried."""
    first, second = (parse_token(redact(f"snmp-server community {name} group x", KEY)) for name in ("public", "public"))
    other = parse_token(redact("snmp-server community something group x", KEY))
    assert first == second
    assert first is not None
    assert other is not None
    assert (first.known_default, other.known_default) == (True, False)


def test_each_secret_of_a_line_is_a_token() -> None:
    """A line may hold several; none is left because another was found."""
    line = f"tacacs-server host key key 7 {SECRET}1 test username u password {SECRET}2 password 0 {SECRET}3"
    assert SECRET not in redact(line, KEY)


def test_a_private_key_is_no_certificate() -> None:
    """Certificates are public and stay; the lines of a private key are tokens, and no line is lost."""
    block = "-----BEGIN {0}-----\nMIIBVQIBADANBg\nkqhkiG9w0BAQE\n-----END {0}-----\n"
    assert redact(block.format("CERTIFICATE"), KEY) == block.format("CERTIFICATE")
    redacted = redact(block.format("RSA PRIVATE KEY"), KEY)
    assert "MIIB" not in redacted
    assert "kqhk" not in redacted
    assert redacted.count("\n") == 4


def test_a_hash_in_a_banner_is_a_token() -> None:
    """Whatever a banner says, no password hash leaves in it, for a device may say anything to be a banner."""
    assert SECRET not in redact(f"banner motd #\nroot:$6$SALTSALT${SECRET}\n#\n", KEY)


@pytest.mark.parametrize("piece", ["rootDN ", "password ", "auth md5 ", "key ", "a.a-", " ", "://a:"])
def test_a_hostile_line_costs_one_pass(piece: str) -> None:
    """A long line without an end is looked at once: patterns that start over would take minutes."""
    for head in ("ldap-server host a ", "snmp-server user a ", ""):
        assert redact(head + piece * (200_000 // len(piece)), KEY)


def test_banner_is_not_touched() -> None:
    """A banner is shown to everybody; its words stay, as they stand in the rule that asks for them."""
    text = "banner motd #\nEnter your password now please\n#\n"
    assert redact(text, KEY) == text


def test_cut_text_is_redacted_all_the_same() -> None:
    """When a banner never ends, nothing is taken for a banner: a cut capture hides no secret."""
    assert SECRET not in redact(f"banner motd #\nusername a password 0 {SECRET}\n", KEY)


@given(st.text(max_size=300))
def test_lines_keep_their_numbers(text: str) -> None:
    """Whatever the text, redaction neither adds nor drops a line."""
    assert redact(text, KEY).count("\n") == text.count("\n")


@pytest.mark.asyncio
async def test_a_physical_switch_keeps_its_secrets(tmp_path: Path) -> None:
    """Keys of routing, clock, AAA and SNMP, and password hashes, are gone from what `fetch` yields of a switch."""
    more = (
        "interface Ethernet1/2\n  ip ospf message-digest-key 1 md5 3 a667d47acc18ea6b\n"
        "  ip ospf authentication-key 3 8e008e8d49648110\n"
        "vtp password synthetic-vtp\nradius-server host 192.0.2.5 key 7 synthetic-rad\n"
        "event manager applet away\n  action 1 cli command copy running-config scp://u:synthetic-url@192.0.2.9/f\n"
    )
    async with running(Device(answers=texts.leaf_answers(texts.LEAF + more))) as device:
        found = repr(await captured(device, tmp_path, kind="nxos"))
    secrets = ("070c285f4d06", "synthetickey", "JDYkSYNTHETIC", "0nlyASynthetic", "0x0011", "a667d47acc18ea6b")
    for secret in (*secrets, "8e008e8d49648110", "synthetic-vtp", "synthetic-rad", "synthetic-url"):
        assert secret not in found, secret
