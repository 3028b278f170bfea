"""One module for each noun; `ROUTERS` has them all."""

from fastapi import APIRouter

from auditor.web.pages import (
    account,
    changes,
    drift,
    entering,
    findings,
    golden,
    inventory,
    journal,
    notifications,
    overview,
    reports,
    rules,
    runs,
    schedules,
    sso,
    starting,
    targets,
    users,
    waivers,
)

ROUTERS: tuple[APIRouter, ...] = (
    entering.router,
    sso.router,
    account.router,
    changes.router,
    drift.router,
    findings.router,
    golden.router,
    inventory.router,
    journal.router,
    notifications.router,
    overview.router,
    reports.router,
    rules.router,
    starting.router,  # before `runs`: /runs/new is no run
    runs.router,
    schedules.router,
    targets.router,
    users.router,
    waivers.router,
)
