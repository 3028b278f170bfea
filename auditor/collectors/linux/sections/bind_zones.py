"""What a view and a zone of BIND come to: zone, view, options and the defaults of the version, laid together."""

from collections.abc import Mapping
from dataclasses import dataclass

from auditor.collectors.linux.matchlist import MatchList, judge
from auditor.collectors.linux.namedconf import Statement, first
from auditor.facts.linux_roles import BindView, BindZone

_TYPES = {"master": "primary", "slave": "secondary", "delegation-only": "delegation"}
_SERVES = ("primary", "secondary", "mirror")
# Zones that RFC 6303 and RFC 6761 want of every server; who reads or copies them learns nothing.
_EVERYHOST = ("localhost", "0.in-addr.arpa", "127.in-addr.arpa", "255.in-addr.arpa", "localhost.localdomain")
_MINE = [Statement(words=["localhost"]), Statement(words=["localnets"])]
_ANY, _NONE = [Statement(words=["any"])], [Statement(words=["none"])]


@dataclass(frozen=True, slots=True)
class Scope:
    """Statements from the innermost layer to options."""

    layers: tuple[list[Statement], ...]
    acls: Mapping[str, list[Statement]]
    version: tuple[int, ...]
    anchored: bool = False  # the configuration brings trust anchors of its own

    def find(self, *names: str) -> Statement | None:
        """The statement in force: the innermost layer that has one."""
        return next((found for layer in self.layers if (found := first(layer, *names))), None)

    def word(self, *names: str) -> str:
        """Its first argument, "" when nothing sets it."""
        found = self.find(*names)
        return found.words[1] if found and len(found.words) > 1 else ""

    def flag(self, default: bool, *names: str) -> bool:
        """A yes or no."""
        word = self.word(*names).lower()
        return word in ("yes", "true", "1") if word else default

    def match(self, default: list[Statement], *names: str) -> MatchList:
        """An address match list in force: the first of `names` that any layer has."""
        found = next((one for name in names if (one := self.find(name))), None)
        return judge(found.body if found else default, self.acls)

    def below(self, body: list[Statement]) -> "Scope":
        """The same with one more layer inside."""
        return Scope((body, *self.layers), self.acls, self.version, self.anchored)


def _addresses(scope: Scope, name: str) -> list[str]:
    found = scope.find(name)
    return [one.words[0] for one in found.body if one.words][:100] if found else []


def zone_of(one: Statement, view: str, scope: Scope) -> BindZone:
    """A zone, with what it inherits. In 9.20 allow-transfer began to be `none` where nothing sets it."""
    mine = scope.below(one.body)
    own = Scope((one.body,), scope.acls, scope.version)
    kind = own.word("type").lower() or "hint"
    kind = _TYPES.get(kind, kind)
    serves = kind in _SERVES
    name = one.words[1].lower().rstrip(".")
    transfer = mine.match(_NONE if scope.version >= (9, 20) or kind == "mirror" else _ANY, "allow-transfer")
    policy = own.find("update-policy")
    grants = [" ".join(part.words) for part in policy.body] if policy else []
    # Updates of a secondary go on to its primary; both kinds of list are inherited.
    update = mine.match(_NONE, "allow-update" if kind == "primary" else "allow-update-forwarding")
    updates = kind in ("primary", "secondary") and not policy
    signed = mine.word("dnssec-policy").lower() not in ("", "none") or mine.word("auto-dnssec").lower() == "maintain"
    return BindZone(
        view=view,
        name=name or ".",
        type=kind,
        serves=serves,
        everyhost=name in _EVERYHOST or (name.endswith((".in-addr.arpa", ".ip6.arpa")) and _empty(own)),
        transfer_open=serves and transfer.stranger,
        transfer_keyed=serves and not transfer.by_address,
        transfer=list(transfer.words),
        update_open=(updates and update.stranger) or any(" tcp-self " in f" {grant} " for grant in grants),
        update_unsigned=updates and update.by_address,
        query_open=mine.match(_ANY, "allow-query").stranger,
        dynamic=policy is not None or (updates and update.words not in ((), ("none",))),
        signed=kind == "primary" and signed,
        forwarders=_addresses(own, "forwarders"),
    )


def _empty(own: Scope) -> bool:
    return own.word("file").rsplit("/", 1)[-1] in ("db.empty", "named.empty")


def view_of(scope: Scope, zones: Mapping[str, BindZone], *, shadowed: bool) -> BindView:
    """A view. Who may recurse, read the cache and query: each of the lists stands in where the next is not set."""
    recursion = scope.flag(True, "recursion")
    recurse = scope.match(_MINE, "allow-recursion", "allow-query-cache", "allow-query")
    cache = scope.match(_MINE, "allow-query-cache", "allow-recursion", "allow-query")
    query = scope.match(_ANY, "allow-query")
    validation = scope.word("dnssec-validation").lower() or ("auto" if scope.version >= (9, 13) else "yes")
    return BindView(
        recursion=recursion,
        recursion_open=recursion and recurse.stranger,
        cache_open=recursion and cache.stranger,
        query_open=query.stranger,
        match_open=Scope(scope.layers[:1], scope.acls, scope.version).match(_ANY, "match-clients").stranger,
        shadowed=shadowed,
        validates=validation == "auto" or (validation in ("yes", "true", "1") and scope.anchored),
        forwarders=_addresses(scope, "forwarders"),
        forward_only=scope.word("forward").lower() == "only",
        rate_limited=_rate_limited(scope),
        authoritative=any(zone.serves and not zone.everyhost and zone.name != "." for zone in zones.values()),
    )


def _rate_limited(scope: Scope) -> bool:
    found = scope.find("rate-limit")
    if not found:
        return False
    limit = first(found.body, "responses-per-second")
    words = limit.words[1:2] if limit else []
    return any(word.isdecimal() and int(word) > 0 for word in words) and not (
        (log_only := first(found.body, "log-only")) and "yes" in log_only.words
    )
