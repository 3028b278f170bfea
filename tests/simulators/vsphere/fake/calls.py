"""The methods of the Python responder: each takes the request element and returns what stands inside the answer."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

from tests.simulators.vsphere.fake.collector import Collector
from tests.simulators.vsphere.fake.estate import Estate
from tests.simulators.vsphere.fake.host import FakeHost
from tests.simulators.vsphere.fake.network import compute
from tests.simulators.vsphere.fake.ports import ports
from tests.simulators.vsphere.fake.values import support, vim, vmodl
from tests.simulators.vsphere.fake.wire import SPACE, cli_answer, serialise, serialise_each

OPEN = {"RetrieveServiceContent", "Login"}  # need no session
TRUTH = {"true": True, "1": True, "false": False, "0": False}


class Calls:
    """Dispatches by method name; a method without a function here is MethodNotFound."""

    def __init__(self, estate: Estate, collector: Collector, username: str, password: str) -> None:
        self.estate, self.collector = estate, collector
        self._login = (username, password)

    def __call__(self, method: str, this: str, request: Any) -> bytes:
        name = method[0].upper() + method[1:].removesuffix("_Task")  # fetchSoftwarePackages is written so on the wire
        function: Callable[[str, Any], bytes] | None = getattr(self, f"do_{name}", None)
        if function is None:
            receiver = vim.ServiceInstance("ServiceInstance")
            raise vmodl.fault.MethodNotFound(receiver=receiver, method=method, msg=f"no method {method}")
        return function(this, request)

    def _near(self, this: str) -> FakeHost:
        """The host of a manager, if vCenter could pass the call on to it."""
        found = self.estate.host(this)
        state = found.tree["runtime"].connectionState
        if state == "notResponding":
            raise vmodl.fault.HostCommunication(msg="Unable to communicate with the host.")
        if state != "connected":
            raise vmodl.fault.HostNotConnected(msg="The host is not connected.")
        return found

    def do_RetrieveServiceContent(self, this: str, request: Any) -> bytes:  # noqa: N802 (names of the API)
        return serialise("returnval", self.estate.content, vim.ServiceInstanceContent)

    def do_CurrentTime(self, this: str, request: Any) -> bytes:  # noqa: N802
        return serialise("returnval", datetime.now(UTC), datetime)

    def do_Login(self, this: str, request: Any) -> bytes:  # noqa: N802
        given = (request.findtext(f"{SPACE}userName"), request.findtext(f"{SPACE}password"))
        if given != self._login:
            raise vim.fault.InvalidLogin(msg="Cannot complete login due to an incorrect user name or password.")
        now = datetime.now(UTC)
        session = vim.UserSession(
            key="session",
            userName=given[0],
            fullName=given[0],
            loginTime=now,
            lastActiveTime=now,
            locale="en",
            messageLocale="en",
        )
        return serialise("returnval", session, vim.UserSession)

    def do_Logout(self, this: str, request: Any) -> bytes:  # noqa: N802
        return b""

    def do_CreateContainerView(self, this: str, request: Any) -> bytes:  # noqa: N802
        key = self.collector.view([e.text for e in request.iterfind(f"{SPACE}type")])
        return f'<returnval type="ContainerView">{key}</returnval>'.encode()

    def do_DestroyView(self, this: str, request: Any) -> bytes:  # noqa: N802
        self.collector.views.pop(this, None)
        return b""

    def do_RetrievePropertiesEx(self, this: str, request: Any) -> bytes:  # noqa: N802
        return self.collector.retrieve(request)

    def do_ContinueRetrievePropertiesEx(self, this: str, request: Any) -> bytes:  # noqa: N802
        return self.collector.resume(request.findtext(f"{SPACE}token"))

    def do_CancelRetrievePropertiesEx(self, this: str, request: Any) -> bytes:  # noqa: N802
        return b""

    def do_Fetch(self, this: str, request: Any) -> bytes:  # noqa: N802
        name = request.findtext(f"{SPACE}prop")
        if this == "ServiceInstance" and name == "content":
            return serialise("returnval", self.estate.content)
        if this in self.collector.views and name == "view":
            found = [(moid, self.estate.get(moid)) for moid in self.collector.views[this]]
            return serialise(
                "returnval", support.GetVmodlType("vmodl.ManagedObject[]")([o.kind(m) for m, o in found if o])
            )
        thing = self.estate.get(this)
        if thing is None:
            raise vmodl.fault.ManagedObjectNotFound(obj=vim.HostSystem(this), msg="The object has been deleted.")
        body = self.collector.property(thing, name, "returnval")
        if body.startswith(b"<missingSet>"):
            raise vim.fault.NoPermission(object=vim.Folder("group-d1"), privilegeId="System.Read", msg="denied")
        return body[body.find(b"<returnval") : -len(b"</propSet>")] if body else b""

    def do_QueryOptions(self, this: str, request: Any) -> bytes:  # noqa: N802
        name = request.findtext(f"{SPACE}name") or ""
        if this == "VpxSettings":
            found = [
                o for o in self.estate.settings if o.key == name or (name.endswith(".") and o.key.startswith(name))
            ]
        else:
            home = self._near(this)
            one = home.find_option(name)
            found = [one] if one else [o for o in home.config.option if not name or _below(o.key, name)]
        if not found:
            raise vim.fault.InvalidName(name=name, msg="The name is not valid.")
        return serialise_each("returnval", found, vim.option.OptionValue)

    def do_UpdateOptions(self, this: str, request: Any) -> bytes:  # noqa: N802
        home = self._near(this)
        for change in request.iterfind(f"{SPACE}changedValue"):
            key, value = change.findtext(f"{SPACE}key"), change.find(f"{SPACE}value")
            found = home.find_option(key)
            if found is None:
                raise vim.fault.InvalidName(name=key, msg="The name is not valid.")
            kind = next(v for k, v in value.attrib.items() if k.endswith("}type")).rpartition(":")[2]
            text = value.text or ""
            found.value = TRUTH[text] if kind == "boolean" else text if kind == "string" else support.long(text)
        return b""

    def do_StartService(self, this: str, request: Any) -> bytes:  # noqa: N802
        self._near(this).service(request.findtext(f"{SPACE}id")).running = True
        return b""

    def do_StopService(self, this: str, request: Any) -> bytes:  # noqa: N802
        self._near(this).service(request.findtext(f"{SPACE}id")).running = False
        return b""

    def do_UpdateServicePolicy(self, this: str, request: Any) -> bytes:  # noqa: N802
        self._near(this).service(request.findtext(f"{SPACE}id")).policy = request.findtext(f"{SPACE}policy")
        return b""

    def do_ChangeLockdownMode(self, this: str, request: Any) -> bytes:  # noqa: N802
        config = self._near(this).config
        config.lockdownMode = request.findtext(f"{SPACE}mode")
        config.adminDisabled = config.lockdownMode != "lockdownDisabled"
        return b""

    def do_QueryLockdownExceptions(self, this: str, request: Any) -> bytes:  # noqa: N802
        return serialise_each("returnval", self._near(this).exceptions, str)

    def do_UpdateLockdownExceptions(self, this: str, request: Any) -> bytes:  # noqa: N802
        self._near(this).exceptions = [e.text for e in request.iterfind(f"{SPACE}users")]
        return b""

    def do_RetrieveHostAccessControlEntries(self, this: str, request: Any) -> bytes:  # noqa: N802
        return serialise_each("returnval", self._near(this).access, vim.host.HostAccessManager.AccessEntry)

    def do_HostImageConfigGetAcceptance(self, this: str, request: Any) -> bytes:  # noqa: N802
        return serialise("returnval", self._near(this).acceptance, str)

    def do_FetchSoftwarePackages(self, this: str, request: Any) -> bytes:  # noqa: N802
        return serialise_each("returnval", self._near(this).packages, vim.host.SoftwarePackage)

    def do_HostImageConfigGetProfile(self, this: str, request: Any) -> bytes:  # noqa: N802
        profile = vim.host.ImageConfigManager.ImageProfileSummary(**self._near(this).image)
        return serialise("returnval", profile, vim.host.ImageConfigManager.ImageProfileSummary)

    def do_QueryDateTime(self, this: str, request: Any) -> bytes:  # noqa: N802
        return serialise("returnval", datetime.now(UTC) + self._near(this).clock_ahead, datetime)

    def do_QueryAssignedLicenses(self, this: str, request: Any) -> bytes:  # noqa: N802
        kind = vim.LicenseAssignmentManager.LicenseAssignment
        wanted = request.findtext(f"{SPACE}entityId")
        found = [
            kind(entityId=entity, assignedLicense=licence)
            for entity, licence in self.estate.licences.items()
            if wanted in (None, "", entity)
        ]
        return serialise_each("returnval", found, kind)

    def do_FetchDVPortKeys(self, this: str, request: Any) -> bytes:  # noqa: N802
        return serialise_each("returnval", [port.key for port in ports(self.estate, this, request)], str)

    def do_FetchDVPorts(self, this: str, request: Any) -> bytes:  # noqa: N802
        return serialise_each("returnval", ports(self.estate, this, request), vim.dvs.DistributedVirtualPort)

    def do_RetrieveAllPermissions(self, this: str, request: Any) -> bytes:  # noqa: N802
        kind = vim.AuthorizationManager.Permission
        root = kind(principal="VSPHERE.LOCAL\\Administrators", group=True, roleId=-1, propagate=True)
        return serialise_each("returnval", [root], kind)

    def do_HasPrivilegeOnEntities(self, this: str, request: Any) -> bytes:  # noqa: N802
        kind = vim.AuthorizationManager.EntityPrivilege
        asked = [e.text for e in request.iterfind(f"{SPACE}privId")]
        found = [
            kind(
                entity=support.GetWsdlType("urn:vim25", entity.get("type"))(entity.text),
                privAvailability=[
                    vim.AuthorizationManager.PrivilegeAvailability(privId=p, isGranted=p not in self.estate.lacking)
                    for p in asked
                ],
            )
            for entity in request.iterfind(f"{SPACE}entity")
        ]
        return serialise_each("returnval", found, kind)

    def do_ListCACertificates(self, this: str, request: Any) -> bytes:  # noqa: N802
        return serialise_each("returnval", self._near(this).trusted, str)

    def do_ReplaceCACertificatesAndCRLs(self, this: str, request: Any) -> bytes:  # noqa: N802
        self._near(this).trusted = [e.text for e in request.iterfind(f"{SPACE}caCert")]
        return b""

    def do_QueryModules(self, this: str, request: Any) -> bytes:  # noqa: N802
        return serialise_each("returnval", self._near(this).modules, vim.host.KernelModuleSystem.ModuleInfo)

    def do_UpdatePortGroup(self, this: str, request: Any) -> bytes:  # noqa: N802
        """Takes the three security settings alone; null is inherited."""
        info, name = self._near(this).config.network, request.findtext(f"{SPACE}pgName")
        group = next(g for g in info.portgroup if g.spec.name == name)
        security = request.find(f"{SPACE}portgrp/{SPACE}policy/{SPACE}security")
        group.spec.policy.security = None if security is None else _security(security)
        compute(info)
        return b""

    def do_DisconnectHost(self, this: str, request: Any) -> bytes:  # noqa: N802
        self.estate.host(this).tree["runtime"].connectionState = "disconnected"
        return b'<returnval type="Task">task-1</returnval>'

    def do_ReconnectHost(self, this: str, request: Any) -> bytes:  # noqa: N802
        self.estate.host(this).tree["runtime"].connectionState = "connected"
        return b'<returnval type="Task">task-1</returnval>'

    def do_RetrieveManagedMethodExecuter(self, this: str, request: Any) -> bytes:  # noqa: N802
        home = self._near(this)
        return f'<returnval type="ReflectManagedMethodExecuter">mme-{home.moid}</returnval>'.encode()

    def do_ExecuteSoap(self, this: str, request: Any) -> bytes:  # noqa: N802
        command = request.findtext(f"{SPACE}method").removeprefix("vim.EsxCLI.")
        arguments = [
            f" {a.findtext(f'{SPACE}name')}={etree.fromstring(a.findtext(f'{SPACE}val')).text}"
            for a in request.iterfind(f"{SPACE}argument")
        ]
        answer = self._near(this.removeprefix("mme-")).esxcli.get("".join([command, *arguments]))
        handler = "ha-cli-handler-" + command.rpartition(".")[0].replace(".", "-")
        if answer is None or request.findtext(f"{SPACE}moid") != handler:
            return b"<returnval><fault><faultMsg>EsxCLI.CLIFault.summary</faultMsg></fault></returnval>"
        return f"<returnval><response>{escape(cli_answer(command, answer))}</response></returnval>".encode()


def _below(key: str, name: str) -> bool:
    return name.endswith(".") and key.lower().startswith(name.lower())


def _security(element: Any) -> Any:
    names = ("allowPromiscuous", "macChanges", "forgedTransmits")
    values = {name: TRUTH.get(element.findtext(f"{SPACE}{name}")) for name in names}
    return vim.host.NetworkPolicy.SecurityPolicy(**values)
