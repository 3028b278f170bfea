"""Who may use which page: reviewed by people, and never read from the application. Callers: tests/api/rights.py."""

from collections.abc import Mapping

from tests.api.rights import ADMIN, DECIDES, DOWNLOADS, EVERYBODY, EVIDENCE, OPERATES, RESULTS, SIGNED_IN

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
    ("GET", "/targets"): RESULTS,
    ("GET", "/targets/{number}"): RESULTS,
    ("GET", "/targets/{number}/findings/{rule}"): RESULTS,
    ("GET", "/findings"): RESULTS,
    ("GET", "/rules"): RESULTS,
    ("GET", "/rules/{rule}"): RESULTS,
    ("GET", "/drift"): RESULTS,
    ("GET", "/golden/{name}"): RESULTS,
}
__all__ = ["ADMIN", "DECIDES", "DOWNLOADS", "EVIDENCE", "OPERATES", "PAGES", "RESULTS"]
