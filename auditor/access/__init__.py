"""Who may do what, as data and pure functions: permissions, roles, scopes by label, principals.

`roles.ROLES` is the table to read. `may` answers for one thing, `scope_filter` gives the condition for a list of them.
Who somebody is (passwords, sessions, tokens) is `auditor.store.access`'s to find out.
"""

from auditor.access.deciding import (
    allowed_permissions,
    is_other_person,
    may,
    may_change_grants_of,
    may_decide,
    scope_filter,
)
from auditor.access.groups import GroupRule, granted_to
from auditor.access.permissions import WHOLE_ESTATE, Permission
from auditor.access.principals import LOCAL_NAME, Grant, Narrowing, Principal, Via, local_principal
from auditor.access.roles import ROLES, Role
from auditor.access.scopes import EVERYTHING, Reach, Scope, parsed_scope

__all__ = [
    "EVERYTHING",
    "LOCAL_NAME",
    "ROLES",
    "WHOLE_ESTATE",
    "Grant",
    "GroupRule",
    "Narrowing",
    "Permission",
    "Principal",
    "Reach",
    "Role",
    "Scope",
    "Via",
    "allowed_permissions",
    "granted_to",
    "is_other_person",
    "local_principal",
    "may",
    "may_change_grants_of",
    "may_decide",
    "parsed_scope",
    "scope_filter",
]
