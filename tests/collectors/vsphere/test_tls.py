"""The peer proves who it is before it gets the password, on loopback as elsewhere."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from auditor.collectors.vsphere.options import Options
from tests.collectors.vsphere.peers import captures, collect, failures, source_of
from tests.simulators.pki import Authority
from tests.simulators.vsphere.launch import vcsim
from tests.simulators.vsphere.sim import Sim


def refused(sim: Sim, **tls: object) -> str:
    """The reason of the failure; also proves that no login was sent."""
    items = collect(source_of(sim, tls=tls))
    (failure,) = failures(items).values()
    assert not captures(items)
    assert (failure.target, failure.kind) == (None, "untrusted")
    assert "Login" not in sim.control("calls")["calls"]
    return failure.reason


@pytest.mark.needs_go
def test_a_certificate_of_another_ca_is_refused(tmp_path: Path) -> None:
    """A CA that did not sign the certificate: untrusted, and no credential is sent."""
    with vcsim(hosts=1) as sim:
        assert "certificate" in refused(sim, ca_file=str(Authority(tmp_path).ca_file))


@pytest.mark.needs_go
def test_the_systems_cas_are_asked_when_nothing_is_said() -> None:
    """Without any option a private CA is refused, also on 127.0.0.1."""
    with vcsim(hosts=1) as sim:
        refused(sim)


@pytest.mark.needs_go
def test_another_host_name_is_refused(tmp_path: Path) -> None:
    """A certificate of the right CA for another machine is refused."""
    authority = Authority(tmp_path)
    with vcsim(hosts=1, certificate=authority.issue("vc02.example.test"), ca_file=authority.ca_file) as sim:
        refused(sim, ca_file=str(authority.ca_file))


@pytest.mark.needs_go
@pytest.mark.parametrize("way", ["ca_file", "pinned_leaf"])
def test_an_expired_certificate_is_refused(tmp_path: Path, way: str) -> None:
    """Expired is refused by CA and by pin."""
    authority = Authority(tmp_path)
    pair = authority.issue("localhost", "127.0.0.1", days=-2)
    with vcsim(hosts=1, certificate=pair, ca_file=authority.ca_file) as sim:
        file = authority.ca_file if way == "ca_file" else pair.cert_file
        assert "expired" in refused(sim, **{way: str(file)})


@pytest.mark.needs_go
def test_a_pinned_certificate_is_accepted_and_another_is_not(tmp_path: Path) -> None:
    """The pinned certificate passes without its CA; another one, of the same CA even, is refused, twice in a row."""
    authority = Authority(tmp_path)
    other = authority.issue("127.0.0.1", stem="other")
    with vcsim(hosts=1) as sim:
        assert "certificate" in refused(sim, pinned_leaf=str(other.cert_file))
        assert "certificate" in refused(sim, pinned_leaf=str(other.cert_file))
        items = collect(source_of(sim, tls={"pinned_leaf": str(sim.leaf_file)}))
        assert len(captures(items)) == 1
        assert not failures(items)


@pytest.mark.needs_go
def test_a_certificate_that_the_pinned_one_signed_is_refused(tmp_path: Path) -> None:
    """Pinning a CA's own certificate does not admit what it signs: only the pinned certificate itself."""
    authority = Authority(tmp_path)
    pair = authority.issue("localhost", "127.0.0.1")
    with vcsim(hosts=1, certificate=pair, ca_file=authority.ca_file) as sim:
        assert "pinned" in refused(sim, pinned_leaf=str(authority.ca_file))


@pytest.mark.needs_go
def test_switched_off_verification_reads_and_warns() -> None:
    """verify: false is explicit, works, and stands as a warning on every capture."""
    with vcsim(hosts=1) as sim:
        items = collect(source_of(sim, tls={"verify": False}))
    (capture,) = captures(items).values()
    assert "TLS verification is switched off" in capture.warnings[0]


def test_ways_of_verifying_exclude_each_other(tmp_path: Path) -> None:
    """Two ways at once, an unknown key and a file that is not there are errors of the inventory."""
    ca = str(Authority(tmp_path).ca_file)
    for tls in ({"ca_file": ca, "verify": False}, {"ca_file": ca, "pinned_leaf": ca}, {"thumbprint": "00"}):
        with pytest.raises(ValidationError):
            Options.model_validate({"tls": tls})
    with pytest.raises(ValidationError, match="there is no file"):
        Options.model_validate({"tls": {"ca_file": str(tmp_path / "none.pem")}})
    assert Options().warnings() == ()
