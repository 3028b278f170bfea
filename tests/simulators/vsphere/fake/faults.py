"""What goes wrong on request: the same rules as the Go simulator's control channel takes."""

import threading
from dataclasses import dataclass, field, fields
from typing import Any

KINDS = ("drop", "hang", "drip", "status", "html", "cut", "not_authenticated", "no_permission")


@dataclass
class Rule:
    """What happens to calls that match. `after`: so many pass first; `times`: then so often, 0 from then on."""

    fault: str
    method: str = ""
    containing: str = ""
    after: int = 0
    times: int = 0
    seconds: float = 0
    status: int = 503


@dataclass
class Faults:
    """The rules in force, and the calls seen."""

    rules: list[Rule] = field(default_factory=list)
    calls: dict[str, int] = field(default_factory=dict)
    dead: set[str] = field(default_factory=set)  # session cookies that are not authenticated any more
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, **arguments: Any) -> None:
        """Add a rule. Raises ValueError for an unknown fault."""
        known = {f.name for f in fields(Rule)}
        rule = Rule(**{k: v for k, v in arguments.items() if k in known})
        if rule.fault not in KINDS:
            raise ValueError(f"no fault {rule.fault!r}")
        with self.lock:
            self.rules.append(rule)

    def match(self, method: str, body: str, cookie: str) -> Rule | None:
        """The rule that is due for this call; counts the call."""
        with self.lock:
            self.calls[method] = self.calls.get(method, 0) + 1
            needs_session = method != "Login" and ">ServiceInstance<" not in body
            if cookie in self.dead and needs_session:
                return Rule("not_authenticated")
            for rule in self.rules:
                if (rule.method and rule.method != method) or rule.containing not in body or rule.times < 0:
                    continue
                if rule.after > 0:
                    rule.after -= 1
                    continue
                if rule.times > 0:
                    rule.times = rule.times - 1 or -1  # -1: used up
                if rule.fault == "not_authenticated" and cookie:
                    self.dead.add(cookie)
                return rule
        return None
