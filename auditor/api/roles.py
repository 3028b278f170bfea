"""`/api/v1/roles`: which roles there are, and what each may do."""

from fastapi import APIRouter
from pydantic import BaseModel

from auditor.access import ROLES, WHOLE_ESTATE, Permission, Role, permissions, roles
from auditor.api.guard import allowed
from auditor.api.problems import described

router = APIRouter(prefix="/api/v1/roles", tags=["users"])


class Allowed(BaseModel):
    """A permission; `scoped` says whether a grant within a scope carries it."""

    permission: Permission
    about: str
    scoped: bool


class RoleShown(BaseModel):
    """A role."""

    role: Role
    about: str
    permissions: list[Allowed]


@router.get("", dependencies=[allowed(Permission.ACCOUNT_READ)], responses=described(401, 403))
def list_roles() -> list[RoleShown]:
    """Every role, in their order."""
    return [
        RoleShown(
            role=role,
            about=roles.ABOUT[role],
            permissions=[
                Allowed(permission=one, about=permissions.ABOUT[one], scoped=one not in WHOLE_ESTATE)
                for one in Permission
                if one in ROLES[role]
            ],
        )
        for role in Role
    ]
