"""One module for each noun; `ROUTERS` has them all."""

from fastapi import APIRouter

from auditor.web.pages import account, entering

ROUTERS: tuple[APIRouter, ...] = (entering.router, account.router)
