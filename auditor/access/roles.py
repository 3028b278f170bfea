"""The roles, and what each may do. This table is all there is: no role is built into code elsewhere."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from auditor.access.permissions import Permission


class Role(StrEnum):
    """What somebody is trusted with. One person may have several."""

    VIEWER = "viewer"
    AUDITOR = "auditor"
    OPERATOR = "operator"
    APPROVER = "approver"
    ADMIN = "admin"


ROLES: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        # sees results on pages
        Role.VIEWER: frozenset({Permission.RESULTS_READ}),
        # sees everything and takes it along; changes nothing
        Role.AUDITOR: frozenset(
            {Permission.RESULTS_READ, Permission.EVIDENCE_READ, Permission.REPORTS_DOWNLOAD, Permission.JOURNAL_READ}
        ),
        # keeps audits going and mends what they find; asks for waivers, does not approve them
        Role.OPERATOR: frozenset(
            {
                Permission.RESULTS_READ,
                Permission.EVIDENCE_READ,
                Permission.REPORTS_DOWNLOAD,
                Permission.RUNS_WRITE,
                Permission.SCHEDULES_WRITE,
                Permission.INVENTORY_WRITE,
                Permission.CHANGES_CHECK,
                Permission.WAIVERS_REQUEST,
                Permission.GOLDEN_PROPOSE,
            }
        ),
        # decides what others asked for
        Role.APPROVER: frozenset(
            {
                Permission.RESULTS_READ,
                Permission.EVIDENCE_READ,
                Permission.CHANGES_DECIDE,
                Permission.WAIVERS_DECIDE,
                Permission.GOLDEN_DECIDE,
            }
        ),
        # says who may do what; approves nothing, and sees no evidence by that
        Role.ADMIN: frozenset(
            {
                Permission.RESULTS_READ,
                Permission.JOURNAL_READ,
                Permission.USERS_READ,
                Permission.USERS_WRITE,
                Permission.TOKENS_WRITE,
                Permission.SETTINGS_WRITE,
            }
        ),
    }
)

ABOUT = {
    Role.VIEWER: "sees results on pages",
    Role.AUDITOR: "sees all evidence and the journal, downloads; changes nothing",
    Role.OPERATOR: "runs, schedules, inventory; checks changes, requests waivers and golden changes",
    Role.APPROVER: "decides changes, waivers and golden changes that others asked for",
    Role.ADMIN: "users, tokens, settings; approves nothing",
}
