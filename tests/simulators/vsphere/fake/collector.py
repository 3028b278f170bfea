"""The property collector of the Python responder: paths, paging, missing rights."""

import uuid
from typing import Any

from tests.simulators.vsphere.fake.estate import Estate, Thing
from tests.simulators.vsphere.fake.host import FakeHost
from tests.simulators.vsphere.fake.values import support, vim, vmodl
from tests.simulators.vsphere.fake.wire import SPACE, missing, serialise


class Collector:
    """Answers RetrievePropertiesEx and its continuation. `forbidden`: host name or "*" -> hidden property paths."""

    def __init__(self, estate: Estate, page: int) -> None:
        self.estate = estate
        self.page = page
        self.forbidden: dict[str, list[str]] = {}
        self.views: dict[str, list[str]] = {}
        self._rest: dict[str, tuple[list[str], dict[str, list[str]], int]] = {}

    def view(self, kinds: list[str]) -> str:
        """Make a container view over all objects of these API types; gives its reference."""
        key = f"session[{uuid.uuid4().hex}]view"
        wanted = [support.GetWsdlType("urn:vim25", kind) for kind in kinds]
        self.views[key] = self.estate.of_kinds(wanted or [support.ManagedObject])
        return key

    def retrieve(self, request: Any) -> bytes:
        """Answer one request element."""
        paths: dict[str, list[str]] = {}
        for spec in request.iter(f"{SPACE}propSet"):
            kind = spec.findtext(f"{SPACE}type")
            paths.setdefault(kind, []).extend(p.text for p in spec.iterfind(f"{SPACE}pathSet"))
        moids: list[str] = []
        for spec in request.iter(f"{SPACE}objectSet"):
            moid = spec.findtext(f"{SPACE}obj")
            if spec.findtext(f"{SPACE}skip") != "true":
                moids.append(moid)
            if spec.find(f"{SPACE}selectSet") is not None:
                moids += self.views.get(moid, [])
        for moid in moids:
            if moid not in self.views and self.estate.get(moid) is None:
                raise vmodl.fault.ManagedObjectNotFound(obj=vim.HostSystem(moid), msg="The object has been deleted.")
        asked = int(request.findtext(f"{SPACE}options/{SPACE}maxObjects") or 0)
        size = min([n for n in (asked, self.page) if n > 0], default=0)
        return self._page(moids, paths, size)

    def resume(self, token: str) -> bytes:
        """The next page; each token works once."""
        if token not in self._rest:
            raise vmodl.fault.InvalidArgument(
                invalidProperty="token", msg="A specified parameter was not correct: token"
            )
        return self._page(*self._rest.pop(token))

    def forget(self) -> None:
        """The sessions ended: their views and tokens are gone."""
        self.views.clear()
        self._rest.clear()

    def _page(self, moids: list[str], paths: dict[str, list[str]], size: int) -> bytes:
        token = b""
        if size and len(moids) > size:
            key = uuid.uuid4().hex
            self._rest[key] = (moids[size:], paths, size)
            moids, token = moids[:size], f"<token>{key}</token>".encode()
        objects = b"".join(self._object(moid, paths) for moid in moids)
        return b"<returnval>" + token + objects + b"</returnval>" if objects else b""

    def _object(self, moid: str, paths: dict[str, list[str]]) -> bytes:
        found = self.estate.get(moid)
        if found is None:
            return b""
        wanted = []
        for kind, listed in paths.items():
            wanted_kind = support.GetWsdlType("urn:vim25", kind)
            if found.kind is None or issubclass(found.kind, wanted_kind):
                wanted += listed
        if not wanted:
            return b""
        body = b"".join(self.property(found, path) for path in dict.fromkeys(wanted))
        type_name = support.GetWsdlName(found.kind) if found.kind else next(iter(paths))
        return f'<objects><obj type="{type_name}">{moid}</obj>'.encode() + body + b"</objects>"

    def property(self, found: FakeHost | Thing, path: str, tag: str = "val") -> bytes:
        """A propSet or a missingSet for one path; nothing when the property is unset.

        Raises InvalidProperty for a path that its type has not: a real vCenter refuses the whole call then.
        """
        hidden = [*self.forbidden.get("*", []), *self.forbidden.get(str(found.tree.get("name")), [])]
        if any(path == p or path.startswith(f"{p}.") for p in hidden):
            message = "Permission to perform this operation was denied."
            return missing(
                path, vim.fault.NoPermission(object=vim.Folder("group-d1"), privilegeId="System.Read", msg=message)
            )
        first, *rest = path.split(".")
        value = found.tree.get(first)
        if first not in found.tree and found.kind is not None:
            _check(found.kind, first)
        if callable(value) and not isinstance(value, support.ManagedObject):
            value = value()
        for step in rest:
            if value is None:
                return b""
            _check(type(value), step)
            value = getattr(value, step)
        if value is None or (isinstance(value, list) and not value):
            return b""
        return f"<propSet><name>{path}</name>".encode() + serialise(tag, value) + b"</propSet>"


def _check(kind: Any, name: str) -> None:
    try:
        kind._GetPropertyInfo(name)
    except AttributeError:
        raise vmodl.query.InvalidProperty(name=name, msg="") from None
