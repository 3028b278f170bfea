"""Who may use which route: reviewed by people, and never read from the application.

A route that is not here fails `test_rights`. Whoever adds one thinks here about each kind of caller.
"""

from collections.abc import Mapping

# Kinds of callers. "of a site" has the role for site=ams only; "program" holds a token.
NO_ONE = frozenset({"anonymous", "disabled", "expired token", "revoked token", "token of a disabled user"})  # 401
PEOPLE = frozenset(
    {"nobody", "viewer", "auditor", "operator", "approver", "admin", "admin of a site", "auditor of a site"}
)
PROGRAMS = frozenset({"token of everything", "token to read results"})
CALLERS = NO_ONE | PEOPLE | PROGRAMS

EVERYBODY = CALLERS
SIGNED_IN = PEOPLE  # changes to one's own account: not by a program
ADMIN = frozenset({"admin"})
RESULTS = (PEOPLE - {"nobody"}) | PROGRAMS
DOWNLOADS = frozenset({"auditor", "auditor of a site", "operator", "token of everything"})
OPERATES = frozenset({"operator", "token of everything"})
DECIDES = frozenset({"approver", "token of everything"})
EVIDENCE = frozenset({"auditor", "auditor of a site", "operator", "approver", "token of everything"})

RIGHTS: Mapping[tuple[str, str], frozenset[str]] = {
    ("GET", "/health/live"): EVERYBODY,
    ("GET", "/health/ready"): EVERYBODY,
    ("GET", "/metrics"): EVERYBODY,  # on this machine, without a token of its own; see test_doorway
    ("GET", "/api/v1/openapi.json"): EVERYBODY,
    ("POST", "/api/v1/session"): EVERYBODY,
    ("GET", "/api/v1/session"): PEOPLE | {"token of everything"},
    ("DELETE", "/api/v1/session"): SIGNED_IN,
    ("PUT", "/api/v1/session/password"): SIGNED_IN,
    ("GET", "/api/v1/session/methods"): EVERYBODY,
    ("GET", "/api/v1/setup"): EVERYBODY,
    ("POST", "/api/v1/setup"): EVERYBODY,
    ("POST", "/api/v1/password"): EVERYBODY,
    ("GET", "/api/v1/users"): ADMIN | {"token of everything"},
    ("POST", "/api/v1/users"): ADMIN,
    ("GET", "/api/v1/users/{name}"): ADMIN | {"token of everything"},
    ("PATCH", "/api/v1/users/{name}"): ADMIN,
    ("POST", "/api/v1/users/{name}/grants"): ADMIN,
    ("DELETE", "/api/v1/users/{name}/grants/{role}"): ADMIN,
    ("POST", "/api/v1/users/{name}/password-token"): ADMIN,
    ("DELETE", "/api/v1/users/{name}/sessions"): ADMIN,
    ("GET", "/api/v1/tokens"): PEOPLE | {"token of everything"},  # one's own; see test_tokens
    ("POST", "/api/v1/tokens"): SIGNED_IN,
    ("GET", "/api/v1/tokens/{number}"): PEOPLE | {"token of everything"},
    ("DELETE", "/api/v1/tokens/{number}"): SIGNED_IN,
    ("GET", "/api/v1/roles"): PEOPLE | {"token of everything"},
    ("GET", "/api/v1/journal"): frozenset({"auditor", "admin", "token of everything"}),
    ("GET", "/api/v1/journal/verify"): frozenset({"auditor", "admin", "token of everything"}),
    ("GET", "/api/v1/database"): ADMIN | {"token of everything"},
    ("GET", "/api/v1/database/retention"): ADMIN | {"token of everything"},
    ("POST", "/api/v1/database/retention"): ADMIN | {"token of everything"},
    ("GET", "/api/v1/notify/channels"): ADMIN | {"token of everything"},
    ("POST", "/api/v1/notify/channels"): ADMIN | {"token of everything"},
    ("POST", "/api/v1/notify/channels/{name}/test"): ADMIN | {"token of everything"},
    ("POST", "/api/v1/notify/channels/{name}/remove"): ADMIN | {"token of everything"},
    ("GET", "/api/v1/notify/subscriptions"): ADMIN | {"token of everything"},
    ("POST", "/api/v1/notify/subscriptions"): ADMIN | {"token of everything"},
    ("POST", "/api/v1/notify/subscriptions/{number}/remove"): ADMIN | {"token of everything"},
    ("GET", "/api/v1/notify/outbox"): ADMIN | {"token of everything"},
    ("POST", "/api/v1/notify/outbox/{number}/retry"): ADMIN | {"token of everything"},
    ("GET", "/api/v1/runs"): RESULTS,  # each sees what lies in its scope; see test_scopes
    ("GET", "/api/v1/runs/{name}"): RESULTS,
    ("GET", "/api/v1/runs/{name}/targets"): RESULTS,
    ("GET", "/api/v1/runs/{name}/findings"): RESULTS,
    ("GET", "/api/v1/runs/{name}/drift"): RESULTS,
    ("GET", "/api/v1/sources"): RESULTS,
    ("GET", "/api/v1/targets"): RESULTS,
    ("GET", "/api/v1/targets/{number}"): RESULTS,
    ("GET", "/api/v1/targets/{number}/facts"): EVIDENCE,
    ("GET", "/api/v1/targets/{number}/findings"): RESULTS,
    ("GET", "/api/v1/targets/{number}/drift"): RESULTS,
    ("GET", "/api/v1/targets/{number}/runs"): RESULTS,
    ("GET", "/api/v1/runs/{name}/changes"): RESULTS,
    ("GET", "/api/v1/runs/{name}/changes/drift"): RESULTS,
    ("GET", "/api/v1/changes"): RESULTS,
    ("POST", "/api/v1/changes"): OPERATES,
    ("GET", "/api/v1/changes/{name}"): EVIDENCE,  # facts before and after
    ("GET", "/api/v1/changes/{name}/result"): EVIDENCE,
    ("GET", "/api/v1/changes/{name}/report"): DOWNLOADS,
    ("POST", "/api/v1/changes/{name}/verify"): OPERATES,
    ("POST", "/api/v1/changes/{name}/approve"): DECIDES,  # never what one checked oneself; see test_changes
    ("POST", "/api/v1/changes/{name}/reject"): DECIDES,
    ("POST", "/api/v1/changes/{name}/withdraw"): OPERATES,  # one's own only
    ("POST", "/api/v1/runs/{name}/rejudge"): DOWNLOADS,
    ("POST", "/api/v1/runs/{name}/preview"): EVIDENCE,  # a draft can ask for any fact
    ("GET", "/api/v1/targets/{number}/changes"): EVIDENCE,
    ("GET", "/api/v1/targets/{number}/snapshots"): EVIDENCE,
    ("GET", "/api/v1/targets/{number}/history"): RESULTS,
    ("GET", "/api/v1/series"): RESULTS,
    ("GET", "/api/v1/inventory/sources"): EVIDENCE,
    ("GET", "/api/v1/inventory/check"): EVIDENCE - {"auditor of a site"},  # of the whole estate; see test_inventory
    ("GET", "/api/v1/inventory/gone"): RESULTS,
    ("POST", "/api/v1/inventory/sources/{name}/discovery"): OPERATES,
    ("POST", "/api/v1/inventory/sources/{name}/discovery/apply"): OPERATES,
    ("POST", "/api/v1/inventory/imports"): OPERATES,
    ("POST", "/api/v1/inventory/imports/apply"): OPERATES,
    ("POST", "/api/v1/targets/{number}/retire"): OPERATES,
    ("POST", "/api/v1/sources/{name}/retire"): OPERATES,
    ("GET", "/api/v1/findings"): RESULTS,
    ("GET", "/api/v1/drift"): RESULTS,
    ("GET", "/api/v1/rules"): RESULTS,
    ("GET", "/api/v1/rules/{name}"): RESULTS,
    ("GET", "/api/v1/baselines"): RESULTS,
    ("GET", "/api/v1/golden"): RESULTS,
    ("GET", "/api/v1/golden/{name}"): RESULTS,
    ("GET", "/api/v1/golden/proposals"): RESULTS,
    ("POST", "/api/v1/golden/proposals"): OPERATES,
    ("GET", "/api/v1/golden/proposals/{number}"): RESULTS,
    ("POST", "/api/v1/golden/proposals/{number}/approve"): DECIDES,  # never one's own; see test_proposals
    ("POST", "/api/v1/golden/proposals/{number}/reject"): DECIDES,
    ("POST", "/api/v1/golden/proposals/{number}/withdraw"): OPERATES,  # one's own alone
    ("POST", "/api/v1/golden/capture"): OPERATES,
    ("POST", "/api/v1/golden/consensus"): OPERATES,
    ("POST", "/api/v1/golden/kickstart"): OPERATES,
    ("POST", "/api/v1/golden/check"): EVIDENCE,
    ("POST", "/api/v1/golden/{name}/accept"): OPERATES,  # a proposal like any other
    ("POST", "/api/v1/golden/{name}/retire"): OPERATES,  # a proposal like any other
    ("GET", "/api/v1/sources/{name}/migration"): EVIDENCE,
    ("POST", "/api/v1/golden/judge"): EVIDENCE,
    ("POST", "/api/v1/rules/check"): EVIDENCE,
    ("GET", "/api/v1/rules-conflicts"): RESULTS,
    ("GET", "/api/v1/waivers-file"): DOWNLOADS,
    ("GET", "/api/v1/waivers"): RESULTS,
    ("GET", "/api/v1/waivers/{name}"): RESULTS,
    ("GET", "/api/v1/schedules"): RESULTS,
    ("GET", "/api/v1/schedules/{name}"): RESULTS,
    ("GET", "/api/v1/runs/{name}/document"): DOWNLOADS,
    ("GET", "/api/v1/reports"): DOWNLOADS,
    ("POST", "/api/v1/reports"): DOWNLOADS,
    ("GET", "/api/v1/reports/{number}"): DOWNLOADS,
    ("DELETE", "/api/v1/reports/{number}"): DOWNLOADS,  # of the same scope only; see test_chosen
    ("GET", "/api/v1/reports/{number}/content"): DOWNLOADS,
    ("GET", "/api/v1/reports/{number}/checksum"): DOWNLOADS,
    ("GET", "/api/v1/downloads"): DOWNLOADS,
    ("POST", "/api/v1/runs"): OPERATES,
    ("POST", "/api/v1/runs/{name}/cancel"): OPERATES,
    ("POST", "/api/v1/schedules"): OPERATES,
    ("PATCH", "/api/v1/schedules/{name}"): OPERATES,
    ("POST", "/api/v1/schedules/{name}/pause"): OPERATES,
    ("POST", "/api/v1/schedules/{name}/resume"): OPERATES,
    ("POST", "/api/v1/schedules/{name}/retire"): OPERATES,
    ("POST", "/api/v1/schedules/{name}/run"): OPERATES,
    ("POST", "/api/v1/waivers"): OPERATES,  # whoever requests never decides; see test_actions
    ("POST", "/api/v1/waivers/{name}/approve"): DECIDES,
    ("POST", "/api/v1/waivers/{name}/reject"): DECIDES,
    ("POST", "/api/v1/waivers/{name}/withdraw"): OPERATES,  # one's own only; see test_actions
    ("POST", "/api/v1/waivers/{name}/revoke"): DECIDES,
}
