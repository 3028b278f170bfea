"""One module for each noun; `ROUTERS` has them all."""

from fastapi import APIRouter

from auditor.web.pages import (
    account,
    drift,
    entering,
    findings,
    inventory,
    journal,
    rules,
    schedules,
    sso,
    targets,
    users,
    waivers,
)

ROUTERS: tuple[...] = (
    entering.router,
    sso.router,
    account.router,
    drift.router,
    findings.router,
    inventory.router,
    journal.router,
    rules.router,
    schedules.router,
    targets.router,
    users.router,
    waivers.router,
)
