"""pyVmomi's serialiser and types over our own wire, and the choice of an API version that both sides know.

SmartConnect is not used: its version probe has no time limit, and it keeps a global session.
"""

import io
import re
import ssl
import zlib
from collections.abc import Sequence
from http.client import HTTPException
from typing import Any

from lxml import etree
from pyVmomi import SoapAdapter, VmomiSupport, vim, vmodl

from auditor.collectors.said import said
from auditor.collectors.vsphere.clock import Deadline, OutOfTime
from auditor.collectors.vsphere.wire import Answer, HandshakeFailed, TooBig, Wire

OLDEST = (6, 0, 0, 0)
NAMESPACE = "{urn:vim25}"
_Adapter: Any = SoapAdapter  # pyVmomi says it is typed, and is not
_vim: Any = vim
_Base: Any = SoapAdapter.SoapStubAdapterBase
_VERSIONS_PATH = "/sdk/vimServiceVersions.xml"


class NotSoap(Exception):
    """What came back is no SOAP answer: an error page, cut XML, another kind of server."""


class TooOld(Exception):
    """The server's API is older than 6.0."""


def parse(body: bytes) -> Any:
    """The root element of an XML answer; entities are not expanded and nothing is loaded. Raises NotSoap."""
    parser = etree.XMLParser(
        huge_tree=True, resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as problem:
        raise NotSoap(f"the answer is not XML: {str(problem)[:120]}") from problem


class Stub(_Base):  # type: ignore[misc]
    """Invokes managed methods over a `Wire`. `deadline` and `timeout` bound each call."""

    def __init__(self, wire: Wire, version: str, deadline: Deadline, timeout: float) -> None:
        super().__init__(version=version)
        self.requestContext = None
        self.cookie = ""
        self.wire, self.deadline, self.timeout = wire, deadline, timeout

    def post(self, body: bytes) -> Answer:
        """One SOAP exchange. Raises what `Wire.exchange` raises, and NotSoap."""
        headers = {"SOAPAction": self.versionId, "Content-Type": "text/xml; charset=utf-8"}
        if self.cookie:
            headers["Cookie"] = self.cookie
        answer = self.wire.exchange("POST", "/sdk", self.deadline, self.timeout, body, headers)
        if answer.status not in (200, 500):
            raise NotSoap(f"HTTP status {answer.status}")
        if answer.cookie and not self.cookie:
            self.cookie = answer.cookie.split(";")[0]
        return answer

    def forget_session(self) -> None:
        """Before another login."""
        self.cookie = ""

    def request(self, target: Any, method: str, arguments: Sequence[Any]) -> bytes:
        """The SOAP envelope of a call, by pyVmomi's serialiser."""
        info = target._GetMethodInfo(method)
        body: bytes = self.SerializeRequest(target, info, arguments)
        return body

    def bulk(self, body: bytes) -> Any:
        """Post `body` and return the `returnval` element, None when empty. Raises like `post`, and MethodFault."""
        return next(iter(self.bulk_all(body)), None)

    def bulk_all(self, body: bytes) -> list[Any]:
        """As `bulk`, for a method that gives a list: every `returnval`."""
        answer = self.post(body)
        if answer.status == 500:
            raise self.fault(answer.body)
        root = parse(answer.body)
        if not root.tag.endswith("}Envelope") or not len(root):
            raise NotSoap("the answer is XML, but no SOAP envelope")
        return list(root.iterfind(f".//{NAMESPACE}returnval"))

    def fault(self, body: bytes) -> Exception:
        """The fault in a SOAP answer."""
        parse(body)
        try:
            found = _Adapter.SoapResponseDeserializer(self).Deserialize(io.BytesIO(body), object)
        except Exception as problem:  # what pyVmomi raises on hostile answers has no end
            return NotSoap(f"a fault that cannot be read ({type(problem).__name__})")
        return found if isinstance(found, Exception) else NotSoap("HTTP status 500 without a fault")

    def InvokeMethod(self, mo: Any, info: Any, args: Any, outerStub: Any = None) -> Any:  # noqa: N802, N803 - pyVmomi's
        """Called by pyVmomi for each method of a managed object."""
        answer = self.post(self.SerializeRequest(mo, info, args))
        if answer.status == 500:
            raise self.fault(answer.body)
        parse(answer.body)  # expat alone would not notice a cut answer
        try:
            return _Adapter.SoapResponseDeserializer(outerStub or self).Deserialize(
                io.BytesIO(answer.body), info.result
            )
        except Exception as problem:  # as above
            raise NotSoap(f"an answer that cannot be read ({type(problem).__name__})") from problem


def connect(wire: Wire, deadline: Deadline, timeout: float) -> tuple[Stub, Any]:
    """A stub in the best version both sides know, and the service content. Nothing secret is sent.

    Raises what `Wire.exchange` raises, NotSoap, TooOld, vmodl.MethodFault.
    """
    announced: list[str] = []
    answer = wire.exchange("GET", _VERSIONS_PATH, deadline, timeout, None, {})
    wire.drop()  # what follows is not repeated, so it starts on a connection that nobody has hung up
    if answer.status == 200 and answer.body.lstrip().startswith(b"<?xml"):
        try:
            announced = _announced(parse(answer.body))
        except NotSoap:
            pass  # a proxy's page: ask by SOAP
    if not announced:
        content = _content(Stub(wire, known_version(["6.0"]), deadline, timeout))
        announced = [str(content.about.apiVersion or "")]
    stub = Stub(wire, known_version(announced), deadline, timeout)
    return stub, _content(stub)


def known_version(announced: Sequence[str]) -> str:
    """pyVmomi's name of the newest version not newer than the newest announced. Raises TooOld."""
    known = {
        _numbers(name.removeprefix("vim25/")): value
        for name, value in VmomiSupport.versionMap.items()
        if re.fullmatch(r"vim25/[\d.]+", name)
    }
    offers = [_numbers(text) for text in announced if re.fullmatch(r"\d{1,4}(\.\d{1,6}){1,5}", text)]
    if not offers:
        raise NotSoap("the server announces no version of the vSphere API")
    newest = max(offers)
    if newest < OLDEST:
        raise TooOld(f"it speaks version {max(announced)} of the vSphere API; 6.0 is the oldest that is read")
    exact = [numbers for numbers in offers if numbers in known and numbers >= OLDEST]
    fitting = exact or [numbers for numbers in known if OLDEST <= numbers <= newest]
    return str(known[max(fitting)])


def _numbers(text: str) -> tuple[int, ...]:
    return (*(int(part) for part in re.findall(r"\d+", text)), 0, 0, 0)[:4]


def _announced(root: Any) -> list[str]:
    for namespace in root.iter("namespace"):
        if namespace.findtext("name") == "urn:vim25":
            return [e.text for e in namespace.iter("version") if e.text]
    return []


def _content(stub: Stub) -> Any:
    return _vim.ServiceInstance("ServiceInstance", stub).RetrieveServiceContent()


def explain(problem: BaseException) -> tuple[str, str]:
    """(kind of failure, reason for people) of what a call raised."""
    kind, reason = _explain(problem)
    return kind, said(reason)


def _explain(problem: BaseException) -> tuple[str, str]:
    if isinstance(problem, ssl.SSLCertVerificationError):
        detail = (
            problem.verify_message
            if getattr(problem, "verify_message", "")
            else str(problem.args[0] if problem.args else problem)
        )
        return "untrusted", f"the TLS certificate was not accepted: {detail}"
    if isinstance(problem, HandshakeFailed):
        return "untrusted", f"no TLS connection could be made: {problem}"
    if isinstance(problem, vim.fault.InvalidLogin):
        return "refused", "user name or password was refused; one attempt was made"
    if isinstance(problem, vim.fault.NoPermission):
        return "refused", f"the account lacks the privilege {problem.privilegeId or '?'}"
    if isinstance(problem, vim.fault.NotAuthenticated):
        return "lost", "the session ended twice during collection"
    if isinstance(problem, vmodl.MethodFault):
        name = type(problem).__name__.rsplit(".", 1)[-1]
        return "refused", f"{name}: {str(getattr(problem, 'msg', '') or 'no message')[:200]}"
    if isinstance(problem, NotSoap | TooOld):
        return "unreadable", str(problem)
    return _explain_transport(problem)


def _explain_transport(problem: BaseException) -> tuple[str, str]:
    if isinstance(problem, OutOfTime | TimeoutError):
        return "timeout", "no complete answer came in time"
    if isinstance(problem, TooBig):
        return "unreadable", "an answer was larger than is read"
    if isinstance(problem, ConnectionRefusedError):
        return "unreachable", "the connection was refused"
    if isinstance(problem, OSError):
        return "unreachable", f"the connection failed: {problem.strerror or problem}"
    if isinstance(problem, HTTPException | EOFError | zlib.error):
        return "lost", f"the connection broke: {type(problem).__name__}"
    return "unreadable", f"it could not be read: {type(problem).__name__}: {str(problem)[:160]}"
