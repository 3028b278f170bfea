"""esxcli through the vSphere API. The vendor does not document this way, and no real host has been asked by it yet."""

from functools import partial
from typing import Any
from xml.sax.saxutils import escape

from pyVmomi import vim, vmodl

from auditor.collectors.vsphere.clock import OutOfTime
from auditor.collectors.vsphere.decode import NS
from auditor.collectors.vsphere.session import BROKEN, Session
from auditor.collectors.vsphere.soap import NotSoap, explain, parse
from auditor.collectors.vsphere.wire import TooBig

# "command name=true ...": the names of arguments are those that PowerCLI shows, without dashes.
BOOT_TLS = "system.tls.server.get showcurrentbootprofile=true"
COMMANDS = (
    "network.firewall.get",
    "network.ip.connection.list",
    "storage.core.device.list",
    "system.account.list",
    "system.security.fips140.rhttpproxy.get",
    "system.security.fips140.ssh.get",
    "system.security.keypersistence.get",
    "system.settings.kernel.list",
    "system.ssh.server.config.list",
    "system.tls.server.get",
    BOOT_TLS,
)
_ARGUMENT = (
    '<{0} xmlns="urn:vim25" xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xsd:boolean">{1}</{0}>'
)
_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/">'
    "<soapenv:Body>{}</soapenv:Body></soapenv:Envelope>"
)


def esxcli(session: Session, moid: str) -> dict[str, Any]:
    """{"answers": {command: rows}, "errors": {command: reason}} of one host; every command only reads."""
    answers: dict[str, Any] = {}
    errors: dict[str, str] = {}
    silent = executer = ""

    def run(command: str) -> list[dict[str, str]]:
        nonlocal executer
        executer = executer or _executer(session, moid)
        return _run(session, executer, command)

    for command in COMMANDS:
        if silent:
            errors[command] = silent
            continue
        try:
            answers[command] = session.attempt(partial(run, command), tries=2)
        except vim.fault.NoPermission as fault:
            errors[command] = silent = f"needs the privilege {fault.privilegeId} on the host, which the account lacks"
        except ValueError as problem:
            errors[command] = f"esxcli answered: {str(problem)[:160]}"
        except (*BROKEN, OutOfTime, TooBig, vmodl.MethodFault) as problem:
            errors[command] = explain(problem)[1]
            if isinstance(problem, OutOfTime):
                silent = "not asked: the host had not answered another command in time"
    return {"answers": answers, "errors": errors}


def _executer(session: Session, moid: str) -> str:
    ask = f'<_this type="HostSystem">{escape(moid)}</_this>'
    ask = f'<RetrieveManagedMethodExecuter xmlns="urn:vim25">{ask}</RetrieveManagedMethodExecuter>'
    found = session.stub.bulk(_ENVELOPE.format(ask).encode())
    if found is None or not found.text:
        raise NotSoap("no method executer came back")
    return str(found.text)


def _argument(name: str, value: str) -> str:
    return f"<argument><name>{name}</name><val>{escape(_ARGUMENT.format(name, value))}</val></argument>"


def _run(session: Session, executer: str, command: str) -> list[dict[str, str]]:
    """Rows of a command; a single record is one row. Raises ValueError with the host's message."""
    command, *options = command.split(" ")
    handler = "ha-cli-handler-" + command.rpartition(".")[0].replace(".", "-")
    arguments = "".join(_argument(*option.split("=", 1)) for option in options)
    call = (
        f'<ExecuteSoap xmlns="urn:vim25"><_this type="ReflectManagedMethodExecuter">{escape(executer)}</_this>'
        f"<moid>{handler}</moid><version>urn:vim25/5.0</version><method>vim.EsxCLI.{command}</method>"
        f"{arguments}</ExecuteSoap>"
    )
    answer = session.stub.bulk(_ENVELOPE.format(call).encode())
    if answer is None:
        return []
    message = answer.findtext(f"{NS}fault/{NS}faultMsg")
    if message is not None:
        raise ValueError(message)
    text = answer.findtext(f"{NS}response")
    if not text:
        return []
    result = parse(text.encode())
    items = list(result) if len(result) and result[0].tag == NS + "DataObject" else [result]
    return [{field.tag.rpartition("}")[2]: field.text or "" for field in item} for item in items]
