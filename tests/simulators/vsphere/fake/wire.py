"""SOAP on the wire, written by pyVmomi's own serialiser."""

from typing import Any
from xml.sax.saxutils import escape

import pyVmomi.SoapAdapter

from tests.simulators.vsphere.fake.values import support

SOAP: Any = pyVmomi.SoapAdapter
VERSION = "vim.version.v8_0_3_0"
SPACE = "{urn:vim25}"


def serialise(name: str, value: Any, kind: Any = object) -> bytes:
    """One element of this name; lists become typed arrays first."""
    if type(value) is list:
        if not value:
            return b""
        value = support.GetVmodlType(support.GetVmodlName(type(value[0])) + "[]")(value)
    info = support.Object(name=name, type=kind, version=VERSION, flags=0)
    written: bytes = SOAP.Serialize(value, info, VERSION)
    return written


def serialise_each(name: str, values: list[Any], kind: Any) -> bytes:
    """A list as methods return it: one element for each."""
    return b"".join(serialise(name, value, kind) for value in values)


def fault_detail(fault: Any) -> str:
    """The detail element of a fault."""
    kind = type(fault)
    info = support.Object(name=support.GetWsdlName(kind) + "Fault", type=kind, version=VERSION, flags=0)
    written: str = SOAP.SerializeFaultDetail(fault, info, VERSION)
    return written


def envelope(body: bytes) -> bytes:
    """A SOAP message."""
    start, end = SOAP.SOAP_ENVELOPE_START + SOAP.SOAP_BODY_START, SOAP.SOAP_BODY_END + SOAP.SOAP_ENVELOPE_END
    return bytes((SOAP.XML_HEADER + start).encode() + body + end.encode())


def fault(error: Any) -> bytes:
    """A SOAP message that carries a fault."""
    text = escape(error.msg or "")
    body = f"<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>{text}</faultstring>"
    return envelope(f"{body}<detail>{fault_detail(error)}</detail></soapenv:Fault>".encode())


def missing(path: str, error: Any) -> bytes:
    """An entry of missingSet."""
    kind = support.GetWsdlName(type(error))
    inner = ""
    for info in type(error)._GetPropertyList():
        value = getattr(error, info.name)
        if value is not None and not isinstance(value, list) and info.name not in ("msg", "faultCause"):
            inner += serialise(info.name, value, info.type).decode()
    return (
        f'<missingSet><path>{path}</path><fault><fault xsi:type="{kind}">{inner}</fault>'
        f"<localizedMessage>{escape(error.msg or '')}</localizedMessage></fault></missingSet>"
    ).encode()


def cli_answer(command: str, answer: Any) -> str:
    """What esxcli returns as escaped XML inside the SOAP answer."""
    kind = "VimEsxCLI" + command.replace(".", "")
    space = (
        'xmlns="urn:vim25" xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" versionId="5.0"'
    )
    if isinstance(answer, str):
        return f'<obj {space} xsi:type="xsd:string">{escape(answer)}</obj>'
    if isinstance(answer, list):
        rows = "".join(f'<DataObject xsi:type="{kind}">{_fields(row)}</DataObject>' for row in answer)
        return f'<obj {space} xsi:type="ArrayOfDataObject">{rows}</obj>'
    return f'<obj {space} xsi:type="{kind}">{_fields(answer)}</obj>'


def _fields(row: dict[str, str]) -> str:
    return "".join(f"<{name}>{escape(row[name])}</{name}>" for name in sorted(row))
