"""One module for each noun; `ROUTERS` has them all."""

from fastapi import APIRouter

from auditor.web.pages import account, entering, sso

ROUTERS: tuple[APIRouter, ...] = (entering.router, sso.router, account.router)
