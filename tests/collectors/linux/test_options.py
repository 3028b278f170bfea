"""The keys of a Linux source."""

import pytest

from auditor.collectors import linux


def test_ssh_without_known_hosts_is_bad_input() -> None:
    """There is no default trust: the options themselves refuse it."""
    with pytest.raises(ValueError, match="known_hosts"):
        linux.Options()


def test_this_machine_has_no_host_key() -> None:
    """known_hosts beside connection: local is a mistake, and named."""
    with pytest.raises(ValueError, match="known_hosts"):
        linux.Options(connection="local", known_hosts="hosts")


def test_only_sudo_raises_rights() -> None:
    """Another way to become root is not taken for sudo."""
    with pytest.raises(ValueError, match="become"):
        linux.Options.model_validate({"connection": "local", "become": "su"})
