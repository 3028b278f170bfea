"""Entries of the journal as sentences, and where what they are about is shown."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from auditor.store.entries import Entry

HOW = ("via", "from", "request")
MOST, LONGEST = 40, 4000  # details, characters of each
_WORDS = {  # action: what was done, with {} for the object; the page of the object
    "signed in": ("signed in", ""),
    "signed out": ("signed out", ""),
    "sign-in refused": ("was refused to sign in", ""),
    "one-time token made": ("made a one-time token for {}", "/users/"),
    "user added": ("added the user {}", "/users/"),
    "user changed": ("changed the name of {}", "/users/"),
    "user disabled": ("disabled the user {}", "/users/"),
    "user enabled": ("enabled the user {}", "/users/"),
    "role granted": ("granted a role to {}", "/users/"),
    "role revoked": ("revoked a role of {}", "/users/"),
    "password changed": ("set a password for {}", "/users/"),
    "password removed": ("removed the password of {}", "/users/"),
    "sessions ended": ("signed {} out everywhere", "/users/"),
    "token made": ("made a token for {}", "/users/"),
    "token revoked": ("revoked a token of {}", "/users/"),
    "waiver requested": ("requested the waiver {}", "/waivers/"),
    "waiver approved": ("approved the waiver {}", "/waivers/"),
    "waiver rejected": ("turned the waiver {} down", "/waivers/"),
    "waiver withdrawn": ("took the request {} back", "/waivers/"),
    "waiver revoked": ("took the waiver {} back", "/waivers/"),
    "golden proposed": ("proposed the golden profile number {}", "/golden/proposals/"),
    "golden approved": ("approved the golden profile number {}", "/golden/proposals/"),
    "golden retired": ("took a golden profile out of use by number {}", "/golden/proposals/"),
    "golden rejected": ("turned the golden profile number {} down", "/golden/proposals/"),
    "golden withdrawn": ("took the golden profile number {} back", "/golden/proposals/"),
    "change checked": ("checked the change {}", "/changes/"),
    "change approved": ("approved the change {}", "/changes/"),
    "change rejected": ("turned the change {} down", "/changes/"),
    "change withdrawn": ("took the change {} back", "/changes/"),
    "change verified": ("held the change {} against what came of it", "/changes/"),
    "change downloaded": ("downloaded the change {}", "/changes/"),
    "schedule added": ("added the schedule {}", "/schedules/"),
    "schedule changed": ("changed the schedule {}", "/schedules/"),
    "schedule paused": ("paused the schedule {}", "/schedules/"),
    "schedule resumed": ("resumed the schedule {}", "/schedules/"),
    "schedule retired": ("took the schedule {} out of use", ""),
    "schedule run": ("began a run of the schedule {}", "/schedules/"),
    "run started": ("began the run {}", "/runs/"),
    "run cancelled": ("cancelled the run {}", "/runs/"),
    "report asked for": ("asked for the report {}", ""),
    "report cancelled": ("cancelled the report {}", ""),
    "report downloaded": ("downloaded the report {}", ""),
    "document downloaded": ("downloaded the audit of the run {}", "/runs/"),
    "inventory.discovery": ("looked who stands behind {}", ""),
    "inventory.population": ("took over who stands behind {}", ""),
    "inventory.import": ("applied a list to the inventory: {}", ""),
    "inventory.retire": ("confirmed that {} is gone", ""),
    "notification channel added": ("added the notification channel {}", ""),
    "notification channel removed": ("removed the notification channel {}", ""),
    "notification channel tested": ("tried the notification channel {}", ""),
    "notification subscribed": ("subscribed the channel {}", ""),
    "notification unsubscribed": ("ended a subscription of the channel {}", ""),
    "notification given up": ("gave up the notification {}", ""),
    "notification tried again": ("tried the notification {} again", ""),
    "journal checked": ("checked the journal", ""),
    "retention": ("removed what was kept long enough: {}", ""),
}
ACTIONS = tuple(sorted(_WORDS))


class Said(NamedTuple):
    """A sentence around its object; `link` is "" where no page shows it."""

    before: str
    object: str
    after: str
    link: str


def sentence(entry: Entry) -> Said:
    """What an entry says. An action of another release is told by its own words."""
    words, page = _WORDS.get(entry.action, (f"{entry.action}: {{}}" if entry.object else entry.action, ""))
    before, sign, after = words.partition("{}")
    link = page + quote(entry.object, safe="") if sign and page and entry.object else ""
    return Said(before, entry.object if sign else "", after, link)


def details(detail: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What else an entry says, without how it was done: key and text, bounded. Of a change, what is otherwise now."""
    before, after = detail.get("before"), detail.get("after")
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        pairs = list(_differing(before, after))
    else:
        pairs = [(key, _text(value)) for key, value in detail.items() if key not in HOW and value not in (None, "", [])]
    return [(key[:100].replace("_", " "), _cut(text)) for key, text in pairs[:MOST]]


def _differing(before: Mapping[str, Any], after: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for key in dict.fromkeys((*before, *after)):
        one, other = before.get(key), after.get(key)
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            yield from _differing(one, other, f"{above}{key} ")
        elif one != other:
            yield f"{above}{key}", f"{_text(one) or 'nothing'} → {_text(other) or 'nothing'}"


def _text(value: Any) -> str:
    """A value as lines that people read: no braces, no quotes."""
    if isinstance(value, Mapping):
        return "\n".join(f"{key}: {_inline(inner)}" for key, inner in value.items() if not str(key).endswith("sha256"))
    if isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
        return "\n\n".join(_text(one) for one in value)
    return _inline(value)


def _inline(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={_inline(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return ", ".join(_inline(one) for one in value)
    if value is None or isinstance(value, bool):
        return {None: "none", True: "yes", False: "no"}[value]
    return str(value)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} …"
