"""What somebody may be allowed to do. A permission is a noun and a verb; its text is part of the public interface."""

from enum import StrEnum


class Permission(StrEnum):
    """One thing to be allowed. `ABOUT` says what each covers."""

    ACCOUNT_READ = "account:read"
    ACCOUNT_WRITE = "account:write"
    RESULTS_READ = "results:read"
    EVIDENCE_READ = "evidence:read"
    REPORTS_DOWNLOAD = "reports:download"
    RUNS_WRITE = "runs:write"
    SCHEDULES_WRITE = "schedules:write"
    INVENTORY_WRITE = "inventory:write"
    CHANGES_CHECK = "changes:check"
    CHANGES_DECIDE = "changes:decide"
    WAIVERS_REQUEST = "waivers:request"
    WAIVERS_DECIDE = "waivers:decide"
    GOLDEN_PROPOSE = "golden:propose"
    GOLDEN_DECIDE = "golden:decide"
    JOURNAL_READ = "journal:read"
    USERS_READ = "users:read"
    USERS_WRITE = "users:write"
    TOKENS_WRITE = "tokens:write"
    SETTINGS_WRITE = "settings:write"


ABOUT = {
    Permission.ACCOUNT_READ: "see the own account, its tokens, and what roles there are",
    Permission.ACCOUNT_WRITE: "change the own password, make and revoke own tokens, sign out",
    Permission.RESULTS_READ: "see runs, coverage, scores, findings, drift, waivers, rules, schedules",
    Permission.EVIDENCE_READ: "see facts of snapshots and what devices answered",
    Permission.REPORTS_DOWNLOAD: "make and download reports and exports",
    Permission.RUNS_WRITE: "begin and cancel runs",
    Permission.SCHEDULES_WRITE: "add, change, pause and remove schedules",
    Permission.INVENTORY_WRITE: "change sources, import inventories",
    Permission.CHANGES_CHECK: "check a change before it is made, and hold it against what came of it",
    Permission.CHANGES_DECIDE: "approve and reject changes that somebody else checked",
    Permission.WAIVERS_REQUEST: "request a waiver",
    Permission.WAIVERS_DECIDE: "approve, reject and revoke waivers that somebody else requested",
    Permission.GOLDEN_PROPOSE: "propose a change of a golden profile",
    Permission.GOLDEN_DECIDE: "approve changes of golden profiles that somebody else proposed",
    Permission.JOURNAL_READ: "read the journal of who did what",
    Permission.USERS_READ: "see all users and their grants",
    Permission.USERS_WRITE: "add, disable and grant roles to other users, let them set a new password",
    Permission.TOKENS_WRITE: "see and revoke the tokens of all users",
    Permission.SETTINGS_WRITE: "change settings of the service",
}

ACCOUNT = frozenset({Permission.ACCOUNT_READ, Permission.ACCOUNT_WRITE})  # of every active user, whatever the grants

# What concerns no target and so has no labels: a grant with a scope does not carry it.
WHOLE_ESTATE = frozenset(
    {
        Permission.JOURNAL_READ,
        Permission.USERS_READ,
        Permission.USERS_WRITE,
        Permission.TOKENS_WRITE,
        Permission.SETTINGS_WRITE,
    }
)

# A token that leaks must not be able to make itself last, or to make others.
NEVER_BY_TOKEN = frozenset({Permission.ACCOUNT_WRITE, Permission.USERS_WRITE, Permission.TOKENS_WRITE})
