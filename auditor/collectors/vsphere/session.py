"""One login, its retries, and its end."""

import ssl
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from pyVmomi import vim, vmodl

from auditor.collectors.vsphere.clock import Deadline, OutOfTime
from auditor.collectors.vsphere.soap import NotSoap, Stub, connect
from auditor.collectors.vsphere.wire import TRANSPORT, Wire
from auditor.domain import Credential

_vim: Any = vim
T = TypeVar("T")
BROKEN = (*TRANSPORT, NotSoap)  # worth another try: the peer's fault, or the network's, not an answer
_PAUSES = (0.2, 1.0)  # seconds before the second and third try


class Session:
    """A session of one account. `content` is the service content; `deadline` bounds every call from now on."""

    def __init__(self, wire: Wire, credential: Credential, deadline: Deadline, timeout: float) -> None:
        """Connect, then log in: once. Raises what `connect` raises, and vim.fault.InvalidLogin."""
        self._wire, self._credential, self._timeout = wire, credential, timeout
        self._lock = threading.Lock()
        self._logins = 0
        self.key = ""  # of the session, as permission questions want it
        self.stub, self.content = connect(wire, deadline, timeout)
        self._stop = threading.Event()
        self._login()

    @property
    def deadline(self) -> Deadline:
        """When every call must be over."""
        return self.stub.deadline

    @deadline.setter
    def deadline(self, deadline: Deadline) -> None:
        self.stub.deadline = deadline

    def attempt(self, work: Callable[[], T], tries: int = 3) -> T:
        """`work()`, again after a broken connection (at most `tries` times) and after the one repeated login.

        Whatever `work` holds of the session (views, paging tokens) must be made anew in each attempt.
        Raises what `work` raises in the end.
        """
        broken = 0
        while True:
            seen = self._logins
            try:
                return work()
            except vim.fault.NotAuthenticated:
                if not self._again(seen):
                    raise
            except ssl.SSLCertVerificationError:
                raise
            except BROKEN:
                self._wire.drop()
                broken += 1
                if broken >= tries or not self._pause(_PAUSES[min(broken, len(_PAUSES)) - 1]):
                    raise

    def object(self, kind: type, moid: str) -> Any:
        """A managed object bound to this session."""
        return kind(moid, self.stub)

    def alive(self) -> bool:
        """Whether the peer still answers a small question."""
        try:
            self.attempt(lambda: self.object(_vim.ServiceInstance, "ServiceInstance").CurrentTime())
        except vmodl.MethodFault:
            return True
        except (*BROKEN, OutOfTime):
            return False
        return True

    def close(self, deadline: Deadline) -> None:
        """Log out, as well as it goes."""
        self.deadline = deadline
        try:
            self.content.sessionManager.Logout()
        except (*BROKEN, OutOfTime, vmodl.MethodFault):
            pass  # the server ends idle sessions by itself; nothing is left to save here
        finally:
            self._wire.close()

    def _pause(self, seconds: float) -> bool:
        if self.deadline.remaining() <= seconds:
            return False
        self._stop.wait(seconds)
        return True

    def _again(self, seen: int) -> bool:
        """Log in once more unless another thread has done so since; False when that was done before."""
        with self._lock:
            if self._logins > seen:
                return True
            if self._logins >= 2:
                return False
            self.stub.forget_session()
            self._login()
            return True

    def _login(self) -> None:
        self._logins += 1
        self._wire.drop()  # a login is never repeated, so it must not fail on a connection that was hung up meanwhile
        manager, account = self.content.sessionManager, self._credential
        self.key = str(getattr(manager.Login(account.username, account.secret("password") or "", None), "key", ""))


__all__ = ["BROKEN", "Session", "Stub"]
