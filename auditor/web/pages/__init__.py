"""One module for each noun; `ROUTERS` has them all."""

from fastapi import APIRouter

from auditor.web.pages import (
    account,
    drift,
    entering,
    findings,
    inventory,
    journal,
    notifications,
    rules,
    schedules,
    sso,
    targets,
    users,
    waivers,
)

ROUTERS: tuple[APIRouter, ...] = (
    entering.router,
    sso.router,
    account.router,
    drift.router,
    findings.router,
    inventory.router,
    journal.router,
    notifications.router,
    rules.router,
    schedules.router,
    targets.router,
    users.router,
    waivers.router,
)
