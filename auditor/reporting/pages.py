"""The template environment: folder, filters, and the rule that every printed text is made visible and escaped."""

import re
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from auditor.reporting import words
from auditor.reporting.columns import expected_text
from auditor.resources import folder


def _finalize(value: Any) -> Any:
    """Every plain text that a template prints has its hidden characters spelled out; autoescape follows."""
    return words.visible(value) if type(value) is str else value


@cache
def environment() -> Environment:
    """The environment that all templates of a report share; a name that is not defined is an error."""
    env = Environment(
        loader=FileSystemLoader(folder("reports") / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
        auto_reload=False,  # it asks for the age of each file of a page each time
    )
    env.filters.update(
        n=words.count,
        pct=words.percent,
        pair=lambda tally: words.pair(tally.lower, tally.upper),
        pairs=lambda entry: words.pair(entry["lower"], entry["upper"]),
        clock=words.clock,
        short=words.short,
        moment=words.moment,
        until=words.until,
        local=words.local,
        within=lambda text, zone: words.local(text, zone, named=False),
        zone=words.zone_word,
        platform=words.platform_word,
        plural=lambda number, one, many="": words.plural(number, one, many),
        listed=words.listed,
        framework=words.framework,
        references=words.references_text,
        shown=words.shown,
        expected=expected_text,
        value=words.value_text,
    )
    env.globals.update(status_words=words.STATUS_WORDS)
    return env


@cache
def asset(name: str) -> str:
    """A text file of `reports/` with LF line ends and nothing around it: its hash is that of what is printed."""
    return (folder("reports") / name).read_text("utf-8").replace("\r\n", "\n").strip()


@cache
def light_tokens() -> dict[str, str]:
    """Colours of the token file in its light form, for drawings that cannot see the page's style."""
    first = asset("tokens.css").split("}", 1)[0]
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-fA-F]{3,6})", first))


def safe(text: str) -> Markup:
    """Text of ours that goes into the page as it is. Never for anything read from a device."""
    return Markup(text)  # noqa: S704 - the one place; callers pass style, script and packed data of ours
