"""Who may use which page: reviewed by people, and never read from the application. Callers: tests/api/rights.py."""

from collections.abc import Mapping

from tests.api.rights import ADMIN, DECIDES, DOWNLOADS, EVERYBODY, EVIDENCE, OPERATES, RESULTS, SIGNED_IN

JOURNAL = frozenset({"auditor", "admin", "token of everything"})
PAGES: Mapping[tuple[str, str], frozenset[str]] = {
    ("GET", "/static/{name}"): EVERYBODY,
    ("GET", "/sign-in"): EVERYBODY,
    ("POST", "/sign-in"): EVERYBODY,
    ("POST", "/sign-out"): SIGNED_IN,
    ("GET", "/sso/start"): EVERYBODY,
    ("GET", "/sso/callback"): EVERYBODY,  # good for nothing without a state of this very browser; see tests/sso
    ("GET", "/setup"): EVERYBODY,
    ("POST", "/setup"): EVERYBODY,
    ("GET", "/password"): EVERYBODY,
    ("POST", "/password"): EVERYBODY,
    ("GET", "/account"): SIGNED_IN | {"token of everything"},
    ("POST", "/account/password"): SIGNED_IN,
    ("POST", "/account/tokens"): SIGNED_IN,
    ("POST", "/account/tokens/{number}/revoke"): SIGNED_IN,
    ("GET", "/"): RESULTS,  # each sees the numbers of his scope; see test_overview
    ("GET", "/runs"): RESULTS,
    ("GET", "/runs/new"): OPERATES,
    ("POST", "/runs/new"): OPERATES,
    ("GET", "/runs/{name}"): RESULTS,
    ("GET", "/runs/{name}/changes"): RESULTS,
    ("GET", "/runs/{name}/unread"): RESULTS,
    ("GET", "/runs/{name}/sources"): RESULTS,
    ("POST", "/runs/{name}/cancel"): OPERATES,
    ("GET", "/reports"): DOWNLOADS,
    ("POST", "/reports"): DOWNLOADS,
    ("GET", "/reports/{number}"): DOWNLOADS,  # of exactly his scope; see test_reports
    ("POST", "/reports/{number}/cancel"): DOWNLOADS,
    ("GET", "/waivers"): RESULTS,
    ("GET", "/waivers/new"): OPERATES,
    ("POST", "/waivers/new"): OPERATES,
    ("GET", "/waivers/{name}"): RESULTS,
    ("POST", "/waivers/{name}/approve"): DECIDES,  # never what one requested oneself; see test_waivers
    ("POST", "/waivers/{name}/reject"): DECIDES,
    ("POST", "/waivers/{name}/withdraw"): OPERATES,  # one's own only; see test_deciding
    ("POST", "/waivers/{name}/revoke"): DECIDES,
    ("GET", "/changes"): RESULTS,
    ("GET", "/changes/new"): OPERATES,
    ("POST", "/changes/new"): OPERATES,
    ("GET", "/changes/{name}"): EVIDENCE,  # facts before and after
    ("POST", "/changes/{name}/verify"): OPERATES,
    ("POST", "/changes/{name}/approve"): DECIDES,  # never what one checked oneself; see test_changes
    ("POST", "/changes/{name}/reject"): DECIDES,
    ("POST", "/changes/{name}/withdraw"): OPERATES,  # one's own only
    ("GET", "/schedules"): RESULTS,
    ("GET", "/schedules/new"): OPERATES,
    ("POST", "/schedules/new"): OPERATES,
    ("GET", "/schedules/{name}"): RESULTS,
    ("GET", "/schedules/{name}/edit"): OPERATES,
    ("POST", "/schedules/{name}/edit"): OPERATES,
    ("POST", "/schedules/{name}/run"): OPERATES,
    ("POST", "/schedules/{name}/{step}"): OPERATES,
    ("GET", "/inventory"): RESULTS,
    ("GET", "/inventory/gone"): RESULTS,
    ("POST", "/inventory/gone/{number}/retire"): OPERATES,
    ("POST", "/inventory/sources/{name}/retire"): OPERATES,
    ("GET", "/inventory/import"): OPERATES,
    ("POST", "/inventory/import"): OPERATES,
    ("POST", "/inventory/import/apply"): OPERATES,
    ("GET", "/journal"): JOURNAL,
    ("POST", "/journal/check"): JOURNAL,
    ("GET", "/users"): ADMIN | {"token of everything"},
    ("GET", "/users/roles"): ADMIN | {"token of everything"},
    ("GET", "/users/tokens"): ADMIN,
    ("POST", "/users/tokens/{number}/revoke"): ADMIN,
    ("GET", "/users/new"): ADMIN,
    ("POST", "/users/new"): ADMIN,
    ("GET", "/users/{name}"): ADMIN | {"token of everything"},
    ("POST", "/users/{name}/grants"): ADMIN,  # never one's own; see test_users
    ("POST", "/users/{name}/grants/revoke"): ADMIN,
    ("POST", "/users/{name}/state"): ADMIN,
    ("POST", "/users/{name}/display"): ADMIN,
    ("POST", "/users/{name}/sessions"): ADMIN,
    ("POST", "/users/{name}/password-token"): ADMIN,
    ("GET", "/notifications"): ADMIN | {"token of everything"},
    ("POST", "/notifications/outbox/{number}/retry"): ADMIN | {"token of everything"},
    ("POST", "/notifications/channels/{name}/test"): ADMIN | {"token of everything"},
    ("GET", "/targets"): RESULTS,
    ("GET", "/targets/{number}"): RESULTS,
    ("GET", "/targets/{number}/findings/{rule}"): RESULTS,
    ("GET", "/findings"): RESULTS,
    ("GET", "/rules"): RESULTS,
    ("GET", "/rules/{rule}"): RESULTS,
    ("GET", "/drift"): RESULTS,
    ("GET", "/golden"): RESULTS,
    ("GET", "/golden/{name}"): RESULTS,
    ("POST", "/golden/{name}/retire"): OPERATES,  # a proposal like any other
    ("GET", "/golden/proposals/new"): OPERATES,
    ("POST", "/golden/proposals/new"): OPERATES,
    ("GET", "/golden/proposals/{number}"): RESULTS,
    ("POST", "/golden/proposals/{number}/approve"): DECIDES,  # never one's own; see test_golden
    ("POST", "/golden/proposals/{number}/reject"): DECIDES,
    ("POST", "/golden/proposals/{number}/withdraw"): OPERATES,  # one's own alone
}
__all__ = ["ADMIN", "DECIDES", "DOWNLOADS", "EVIDENCE", "OPERATES", "PAGES", "RESULTS"]
