"""What the settings say about single sign-on, and what a mistake in them says."""

from pathlib import Path
from typing import Any

import pytest

from auditor.access import EVERYTHING, Grant, GroupRule, Role, Scope
from auditor.errors import InputError
from auditor.settings.form import Settings
from auditor.sso.configured import Relying, relying
from auditor.sso.provider import provider
from auditor.sso.rolesfile import read_rules
from tests.cli.running import auditor

ISSUER = "https://login.example.org/realms/main"
ROLES = """# who may do what
- {group: audit-team, role: auditor, scope: {site: ams, team: web}}
- group: "0042"
  role: admin
"""


def said(folder: Path, **more: Any) -> Settings:
    """Good settings, and others."""
    (folder / "roles.yaml").write_text(ROLES)
    (folder / "secret").write_text("canary-client-secret\n")
    good = {
        "oidc_issuer": ISSUER,
        "oidc_client_id": "auditor",
        "oidc_roles_file": folder / "roles.yaml",
        "oidc_client_secret_file": folder / "secret",
    }
    return Settings.model_validate(good | more)


def found(settings: Settings) -> Relying:
    """What they say; they say something."""
    who = relying(settings)
    assert who is not None
    return who


def test_without_an_issuer_there_is_none() -> None:
    """As in most places."""
    assert provider(Settings()) is None


def test_right_settings_are_taken(tmp_path: Path) -> None:
    """As they are written; the secret is in no text that is meant for people."""
    who = found(said(tmp_path))
    assert (who.issuer, who.secret, who.shown) == (ISSUER, "canary-client-secret", "login.example.org")
    assert who.rules == (
        GroupRule("audit-team", Grant(Role.AUDITOR, Scope.of(site="ams", team="web"))),
        GroupRule("0042", Grant(Role.ADMIN, EVERYTHING)),
    )
    assert "canary" not in repr(who)
    assert found(said(tmp_path, oidc_title="Our login", oidc_client_secret_file=None)).shown == "Our login"
    assert found(said(tmp_path, oidc_issuer="http://[::1]:8080/x/")).issuer == "http://[::1]:8080/x/"


@pytest.mark.parametrize(
    "wrong",
    [
        {"oidc_issuer": ""},
        {"oidc_client_id": ""},
        {"oidc_roles_file": None},
        {"oidc_issuer": "login.example.org"},
        {"oidc_issuer": "http://login.example.org"},
        {"oidc_issuer": "https://u:p@login.example.org"},
        {"oidc_issuer": "https://login.example.org/?a"},
        {"oidc_issuer": "https://login.example.org/#a"},
        {"oidc_issuer": "https://login.example.org:x/"},
        {"oidc_issuer": "https://login.example.org/" + "x" * 500},
        {"oidc_scopes": "profile email"},
        {"oidc_networks": "10.0.0.1/8"},
        {"oidc_ca_file": "/nowhere/ca.pem"},
        {"oidc_client_secret_file": "/nowhere/secret"},
    ],
)
def test_a_wrong_setting_ends_the_start(tmp_path: Path, wrong: dict[str, Any]) -> None:
    """With the name of the setting or the file, and without a secret."""
    with pytest.raises(InputError) as caught:
        relying(said(tmp_path, **wrong))
    text = str(caught.value)
    assert "oidc_" in text or "/nowhere/" in text
    assert "u:p" not in text


@pytest.mark.parametrize("content", [b"", b"\n", b"two\nlines", b"\xff", b"x" * 5000])
def test_a_secret_that_is_none_is_not_taken(tmp_path: Path, content: bytes) -> None:
    """Nor is it in the complaint."""
    settings = said(tmp_path)
    (tmp_path / "secret").write_bytes(content)
    with pytest.raises(InputError, match="secret"):
        relying(settings)


@pytest.mark.parametrize(
    ("text", "complaints"),
    [
        ("", [":1: this is no list"]),
        ("[]", [":1: this is no list"]),
        ("audit-team: auditor", [":1: this is no list"]),
        ("- audit-team", [":1: this is no group with a role"]),
        ("- {group: a}", [":1: the key 'role' is missing"]),
        ("- {group: a, role: root}", [":1: role: Input should be"]),
        ("- {group: 7, role: admin}", [":1: group: Input should be a valid string"]),
        ("- {group: '', role: admin}", [":1: group: String should have at least 1 character"]),
        ("- {group: a, role: admin, labels: {site: ams}}", [":1: unknown key 'labels'"]),
        ("- {group: a, role: admin, scope: site=ams}", [":1: scope: Input should be a valid dictionary"]),
        ("- {group: a, role: admin, scope: {site: ''}}", [":1: a label has a key and a value"]),
        ("- {group: a, role: admin, scope: {site: 7}}", [":1: scope.site: Input should be a valid string"]),
        ("- group: a\n  role: viewer\n- {group: a, role: viewer}", [":3: this stands here already"]),
        ("- {group: a, role: x}\n- {group: b, role: viewer}\n- {role: admin}", [":1: role", ":3: the key 'group'"]),
        ('- {group: "a\\nb", role: admin}', [":1: the name of a group is one line"]),
        ("- {group: a", [": not valid YAML"]),
    ],
)
def test_a_mistake_in_the_file_of_roles_says_where(tmp_path: Path, text: str, complaints: list[str]) -> None:
    """File and line of every one."""
    file = tmp_path / "roles.yaml"
    file.write_text(text)
    with pytest.raises(InputError) as caught:
        read_rules(file)
    for complaint in complaints:
        assert complaint in str(caught.value)
    assert str(file) in str(caught.value)


def test_the_service_does_not_start_with_a_mistake(tmp_path: Path) -> None:
    """Status 2, file and line, before anything is made."""
    (tmp_path / "roles.yaml").write_text("- {group: a, role: boss}\n")
    toml = f'oidc_issuer = "{ISSUER}"\noidc_client_id = "auditor"\noidc_roles_file = "roles.yaml"\n'
    (tmp_path / "auditor.toml").write_text(toml)
    done = auditor(tmp_path, "serve", "--port", "0")
    assert done.status == 2
    assert f"{tmp_path}/roles.yaml:1: role: " in done.err
    assert not (tmp_path / ".state" / "auditor.sqlite").exists()
