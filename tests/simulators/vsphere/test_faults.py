"""What goes wrong on request, on both peers: each fault is seen by a client as it would be from a real server."""

import contextlib
import http.client
import itertools
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError

import pytest
from pyVim import connect

from tests.simulators.pki import Authority
from tests.simulators.vsphere import changes
from tests.simulators.vsphere.changes import vim
from tests.simulators.vsphere.fake import FakeVCenter
from tests.simulators.vsphere.fake.values import vmodl
from tests.simulators.vsphere.sim import Sim

Peer = Callable[..., AbstractContextManager[Sim]]
COLLECTOR = vmodl.query.PropertyCollector
login: Any = connect.SmartConnect


def ask(instance: Any, paths: list[str], wanted: int | None = None) -> Any:
    """The first page over all hosts."""
    content = instance.content
    view = content.viewManager.CreateContainerView(content.rootFolder, [vim.HostSystem], True)
    walk = COLLECTOR.TraversalSpec(name="v", type=vim.view.ContainerView, path="view", skip=False)
    spec = COLLECTOR.FilterSpec(
        propSet=[COLLECTOR.PropertySpec(type=vim.HostSystem, pathSet=paths, all=False)],
        objectSet=[COLLECTOR.ObjectSpec(obj=view, skip=True, selectSet=[walk])],
    )
    return content.propertyCollector.RetrievePropertiesEx([spec], COLLECTOR.RetrieveOptions(maxObjects=wanted))


def pages(instance: Any, wanted: int | None = None) -> list[list[str]]:
    """Names of all hosts, page by page."""
    found, page = [], ask(instance, ["name"], wanted)
    while page:
        found.append([o.propSet[0].val for o in page.objects])
        if not page.token:
            break
        page = instance.content.propertyCollector.ContinueRetrievePropertiesEx(page.token)
    return found


@pytest.mark.parametrize(
    ("page", "wanted", "sizes"), [(3, None, [3, 3, 1]), (3, 5, [3, 3, 1]), (0, 4, [4, 3]), (0, None, [7])]
)
def test_answers_are_cut_by_the_server_or_on_request(
    peer: Peer, page: int, wanted: int | None, sizes: list[int]
) -> None:
    """The smaller of the server's limit and the client's wish; each host comes exactly once."""
    with peer(hosts=7, page=page) as sim, changes.session(sim) as instance:
        found = pages(instance, wanted)
        assert [len(names) for names in found] == sizes
        assert sorted(itertools.chain(*found)) == [f"esx-0{n}.example.test" for n in range(1, 8)]


def test_a_token_works_once(peer: Peer) -> None:
    """A page that was fetched cannot be fetched again."""
    with peer(hosts=3, page=2) as sim, changes.session(sim) as instance:
        token, collector = ask(instance, ["name"]).token, instance.content.propertyCollector
        collector.ContinueRetrievePropertiesEx(token)
        with pytest.raises(vmodl.fault.InvalidArgument):
            collector.ContinueRetrievePropertiesEx(token)


def test_what_the_account_may_not_see_is_in_missing_set(peer: Peer) -> None:
    """A forbidden path is missing with NoPermission on this host; its other paths and other hosts are answered."""
    with peer() as sim, changes.session(sim) as instance:
        sim.control("forbid", host="esx-01.example.test", path="config.service")
        seen = {}
        for found in ask(instance, ["name", "config.service"]).objects:
            values = {p.name: p.val for p in found.propSet}
            seen[values["name"]] = ("config.service" in values, [(m.path, type(m.fault)) for m in found.missingSet])
        assert seen == {
            "esx-01.example.test": (False, [("config.service", vim.fault.NoPermission)]),
            "esx-02.example.test": (True, []),
        }


def test_a_lost_session_stays_lost_until_a_new_login(peer: Peer) -> None:
    """After so many calls the session is gone for good; logging in again helps."""
    with peer(hosts=3, page=1) as sim, changes.session(sim) as instance:
        sim.control("fault", fault="not_authenticated", method="ContinueRetrievePropertiesEx", after=1, times=1)
        with pytest.raises(vim.fault.NotAuthenticated):
            pages(instance)
        with pytest.raises(vim.fault.NotAuthenticated):
            ask(instance, ["name"])
        instance.content.sessionManager.Login(sim.username, sim.password, None)
        assert len(pages(instance)) == 3


@pytest.mark.parametrize(
    ("rule", "error"),
    [
        ({"fault": "drop"}, (http.client.HTTPException, OSError)),
        ({"fault": "status"}, http.client.HTTPException),
        ({"fault": "html"}, ExpatError),
        ({"fault": "cut"}, ExpatError),
        ({"fault": "no_permission"}, vim.fault.NoPermission),
    ],
)
def test_a_broken_answer_breaks_one_call(peer: Peer, rule: dict[str, Any], error: Any) -> None:
    """The client gets the error of this kind once; the next call is answered."""
    with peer() as sim, changes.session(sim) as instance:
        sim.control("fault", method="RetrievePropertiesEx", times=1, **rule)
        with pytest.raises(error):
            ask(instance, ["name"])
        assert len(ask(instance, ["name"]).objects) == 2


@pytest.mark.parametrize("fault", ["hang", "drip"])
def test_a_server_that_does_not_finish(peer: Peer, fault: str) -> None:
    """A call is neither answered nor refused while the fault lasts; the simulator still ends when told to."""
    with peer() as sim:
        arguments = {"host": sim.host, "port": sim.port, "user": sim.username, "pwd": sim.password}
        instance = login(**arguments, sslContext=sim.context())
        sim.control("fault", fault=fault, method="RetrievePropertiesEx", seconds=30)
        failed = threading.Event()

        def call() -> None:
            try:
                ask(instance, ["name"])
            except Exception:  # of whatever kind: the server is killed under the call
                failed.set()

        thread = threading.Thread(target=call, daemon=True)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()
        sim.kill()
        thread.join(10)
        assert failed.is_set()


def test_a_wrong_password_is_refused(peer: Peer) -> None:
    """InvalidLogin, and one Login call seen."""
    with peer() as sim:
        with pytest.raises(vim.fault.InvalidLogin):
            login(host=sim.host, port=sim.port, user=sim.username, pwd="wrong", sslContext=sim.context())
        assert sim.control("calls")["calls"]["Login"] == 1


@pytest.mark.parametrize("wrong", ["authority", "name", "expired"])
def test_a_certificate_that_does_not_verify_stops_before_login(peer: Peer, tmp_path: Path, wrong: str) -> None:
    """Another CA, another name, an expired certificate: refused by the client, no Login seen."""
    authority, other = Authority(tmp_path / "ca"), Authority(tmp_path / "other", name="Another CA")
    pair = authority.issue("vc.example.test" if wrong == "name" else "127.0.0.1", days=-1 if wrong == "expired" else 30)
    with peer(certificate=pair, ca_file=authority.ca_file) as sim:
        ca_file = other.ca_file if wrong == "authority" else authority.ca_file
        context = ssl.create_default_context(cafile=str(ca_file))
        with pytest.raises(ssl.SSLCertVerificationError):
            login(host=sim.host, port=sim.port, user=sim.username, pwd=sim.password, sslContext=context)
        assert "Login" not in sim.control("calls")["calls"]


def test_after_stop_the_port_is_closed(peer: Peer) -> None:
    """A stopped simulator refuses connections."""
    with peer() as sim:
        sim.stop()
        with pytest.raises(ConnectionRefusedError), contextlib.closing(socket.create_connection((sim.host, sim.port))):
            pass


def test_an_unknown_action_or_host_is_an_error(peer: Peer) -> None:
    """The control channel says what it does not know."""
    with peer() as sim:
        for action, arguments in (
            ("nonsense", {}),
            ("host_state", {"host": "nobody", "state": "x"}),
            ("fault", {"fault": "x"}),
        ):
            with pytest.raises(ValueError, match=r"no (action|host|fault)"):
                sim.control(action, **arguments)


@pytest.mark.needs_go
def test_the_go_simulator_compresses_for_those_who_accept_it(go: Peer) -> None:
    """pyVmomi accepts gzip and reads the compressed answer."""
    with go(gzip=True) as sim, changes.session(sim) as instance:
        assert len(ask(instance, ["name", "config.option"]).objects) == 2


def test_the_python_responder_refuses_an_unknown_path_as_a_vcenter_would() -> None:
    """The whole call fails with InvalidProperty; the Go simulator reports it per object instead."""
    with FakeVCenter() as sim, changes.session(sim) as instance, pytest.raises(vmodl.query.InvalidProperty):
        ask(instance, ["name", "config.noSuchThing"])


def test_the_python_responder_raises_what_it_is_told_to() -> None:
    """Any fault of the API, by method."""
    with FakeVCenter() as sim, changes.session(sim) as instance:
        assert sim.raised is not None
        sim.raised["HostImageConfigGetAcceptance"] = vim.fault.NoPermission(
            object=vim.Folder("group-d1"), privilegeId="Host.Config.Image", msg="denied"
        )
        host = changes.find(instance, vim.HostSystem, "esx-01.example.test")
        with pytest.raises(vim.fault.NoPermission):
            host.configManager.imageConfigManager.HostImageConfigGetAcceptance()


def test_the_end_of_a_session_takes_nothing_from_others(peer: Peer) -> None:
    """What one session has half read goes on when another one signs out."""
    with peer(hosts=7) as sim, changes.session(sim) as reader:
        page = ask(reader, ["name"], 3)
        view = reader.content.viewManager.CreateContainerView(reader.content.rootFolder, [vim.HostSystem], True)
        with changes.session(sim) as other:
            assert pages(other) != []
        assert len(view.view) == 7
        rest = reader.content.propertyCollector.ContinueRetrievePropertiesEx(page.token)
        assert len(rest.objects) == 3
