"""The routers of the audits, in the order in which they are described."""

from auditor.api.routes import (
    catalogue,
    changes,
    checking,
    comparing,
    discovering,
    findings,
    golden,
    golden_hosts,
    imports,
    inventory,
    notify,
    past,
    proposals,
    reports,
    rescheduling,
    runs,
    schedules,
    starting,
    targets,
    upkeep,
    waivers,
)

ROUTERS = tuple(
    one.router
    for one in (
        runs,
        starting,
        past,
        targets,
        findings,
        comparing,
        inventory,
        imports,
        discovering,
        catalogue,
        proposals,  # before `golden`: /golden/proposals is no profile
        golden,
        golden_hosts,
        checking,
        waivers,
        changes,
        schedules,
        rescheduling,
        reports,
        notify,
        upkeep,
    )
)
