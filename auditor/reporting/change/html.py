"""A change as one page in one file: no script at all, a style that the policy knows by its hash."""

from collections.abc import Mapping
from typing import Any

from auditor.reporting.change.view import check_view, result_view
from auditor.reporting.html import csp_hash
from auditor.reporting.pages import asset, environment, safe


def render(document: Mapping[str, Any]) -> str:
    """The page of a check, or of what came of it."""
    style = "\n".join(asset(name) for name in ("tokens.css", "report.css", "change.css"))
    if "</style" in style.lower():
        raise ValueError("the style would end its own element")
    csp = f"default-src 'none'; img-src data:; style-src {csp_hash(style)}; base-uri 'none'; form-action 'none'"
    shown = {"csp": csp, "style": safe(style), "paper": False, "link": "#"}
    return environment().get_template("change/report.html.j2").render({**values(document), **shown})


def values(document: Mapping[str, Any]) -> dict[str, Any]:
    """What the templates of a change know: {d, v, summary, id, ticket, at, result}."""
    result = "verdict" in document
    head = {"id": document.get("change"), "ticket": document.get("ticket"), "at": document.get("at")}
    if not result:
        head = {name: document["change"][name] for name in head}
    view = result_view(document) if result else check_view(document)
    return {"d": document, "v": view, "summary": document["summary"], "result": result, **head}
