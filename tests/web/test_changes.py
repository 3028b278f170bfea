"""Changes on pages: checked by one, decided about by another, verified after the window; beside drift and history."""

import json
import re
from html import unescape

from auditor.service.stored import document_of
from auditor.store import changes
from auditor.store.changes import Foretold
from auditor.store.engine import Store
from tests.api.caller import Caller, signed_in
from tests.api.sites import HOSTILE, audited
from tests.store.access.people import journal
from tests.web.browsing import HTML, Browser
from tests.web.conftest import Site

NEW = "/changes/new"
PATCH = json.dumps([{"op": "replace", "path": "/hostname", "value": "renamed"}], indent=1)


def check(by: Browser, targets: str = "ams-00", text: str = PATCH, **more: str) -> str:
    """Check it on the page; its address."""
    by.get(NEW)
    fields = {"targets": targets, "text": text.replace("\n", "\r\n"), "name": "p.json", "fail_on": "high"}
    answer = by.send(NEW, **fields | {"max_age": "24h", "force": "yes"} | more)
    found = re.fullmatch(r"(/changes/[0-9a-f-]+)\?done=checked", by.path)
    assert (answer.status, bool(found)) == (200, True), answer.text
    return found[1] if found else ""


def test_whoever_checks_is_never_offered_to_decide(site: Site) -> None:
    """With both roles neither; another sees the verdict, the hosts and the line that does it, and approves; then it
    is held against what was read, and says that it is not as planned. Hostile words are escaped.
    """
    both, approver = site.by("both"), site.by("approver")
    hostile = PATCH.replace("renamed", HOSTILE.replace('"', '\\"'))
    here = check(both, text=hostile, ticket=HOSTILE)
    assert "somebody else has to decide" in both.page.text
    assert f"{here}/approve" not in both.page.text
    assert "<script>alert" not in both.page.text
    assert HOSTILE in unescape(both.page.text)
    assert "Waiting for you" not in both.get("/changes").text
    assert f'href="{here}"' in approver.get("/changes").text
    shown = approver.get(here).text
    for words in ("Nothing newly fails at high or above", "ams-00", 'href="#c-0-3"', 'id="c-0-3"'):
        assert words in shown, words
    both.get("/account")
    token = both.hidden("/sign-out")["csrf"]
    both.page = approver.get(here)
    refused = both.send(f"{here}/approve", csrf=token)
    assert (refused.status, "does not decide about it" in refused.text) == (403, True)
    approver.get(here)
    assert approver.send(f"{here}/reject", note="no").status == 422  # a reason, not a word
    approver.get(here)
    approver.send(f"{here}/approve", note="as agreed")
    assert approver.path == f"{here}?done=approved"
    both.get(here)
    both.send(f"{here}/verify")
    assert (both.path, "Not verified" in both.page.text) == (f"{here}?done=verified", True)
    audited(site.store, site.estate.inventory, goldens=["host-ams", "host-fra"])
    both.get(here)
    both.send(f"{here}/verify")
    assert "Planned, but not there" in both.page.text
    assert "Nothing newly fails" in both.get(f"{here}?show=check").text
    about = here.removeprefix("/changes/")
    told = [(who, what) for who, what, name in journal(site.store) if name == about]
    steps = [("both", "change checked"), ("approver", "change approved")]
    assert told == [*steps, ("both", "change verified"), ("both", "change verified")]


def test_the_same_form_is_kept_once_and_what_is_wrong_comes_back(site: Site) -> None:
    """With the line of the candidate, and with what was typed."""
    by = site.by("operator")
    by.get(NEW)
    wrong = by.send(NEW, targets="ams-00", text=PATCH.replace("/hostname", "/hostnam"), name="p.json", ticket="CHG-7")
    assert (wrong.status, "p.json:3" in wrong.text, "/hostnam" in wrong.text, "CHG-7" in wrong.text) == (
        422,
        *[True] * 3,
    )
    by.get(NEW)
    fields = {"targets": "ams-00", "text": PATCH, "name": "p.json", "force": "yes", **by.hidden(NEW)}
    by.send(NEW, **fields)
    first, known = by.path, by.get("/changes").text.count("p.json")
    assert "done=checked" in first
    by.page = site.by("operator").get(NEW)
    by.send(NEW, **fields)
    assert (by.path, by.page.text.count("p.json")) == ("/changes", known)


def test_each_fault_of_a_candidate_has_a_line_of_its_own(site: Site) -> None:
    """Two wrong paths are two entries, each with the line of the candidate."""
    by = site.by("operator")
    by.get(NEW)
    twice = PATCH.replace("/hostname", "/hostnam").rstrip().removesuffix("]")
    twice += ',\n{"op": "replace", "path": "/uptim", "value": 1}]'
    answer = by.send(NEW, targets="ams-00", text=twice, name="p.json", force="yes")
    assert answer.status == 422
    listed = re.findall(r"<li>(p\.json:\d+[^<]*)</li>", answer.text)
    assert len(listed) == 2, answer.text


def test_an_emergency_needs_no_candidate_and_takes_none(site: Site) -> None:
    """Ticked and without text it is kept; with a text it comes back."""
    by = site.by("operator")
    assert check(by, text="", emergency="yes", ticket="INC-12")
    assert "no candidate" in by.page.text
    by.get(NEW)
    both = by.send(NEW, targets="ams-00", text=PATCH, name="p.json", force="yes", emergency="yes")
    assert (both.status, "has no candidate" in both.text) == (422, True)


def test_files_are_taken_with_the_token_of_the_session(site: Site) -> None:
    """One file, sent as browsers send files; without the token nothing is checked."""
    by = site.by("operator")
    by.get(NEW)
    hidden = by.hidden(NEW)
    for token, status in ((hidden["csrf"], 303), ("wrong", 403)):
        fields = {**hidden, "csrf": token, "targets": "fra-00", "max_age": "24h", "fail_on": "high", "force": "yes"}
        parts = [f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}' for name, value in fields.items()]
        parts.append(f'Content-Disposition: form-data; name="files"; filename="own.json"\r\n\r\n{PATCH}')
        body = "".join(f"--xYz\r\n{one}\r\n" for one in parts) + "--xYz--\r\n"
        said = {"Content-Type": "multipart/form-data; boundary=xYz", "Origin": f"http://127.0.0.1:{site.port}"}
        answer = Caller(site.port, by.cookie).ask("POST", NEW, body.encode(), **HTML, **said)
        assert answer.status == status, answer.text
    assert "own.json" in by.get("/changes?target=fra-00").text


def test_whoever_is_limited_sees_and_decides_within(site: Site) -> None:
    """A change of another site is not there, nor in a list; a viewer sees that there was one, and no facts."""
    here = check(site.by("operator"), "fra-00")
    limited = site.by("approver-ams")
    assert limited.get(here).status == 404
    for path in ("/changes", "/changes?state=checked"):
        assert here not in limited.get(path).text
    viewer = site.by("viewer")
    assert viewer.get(here).status == 403
    assert here.removeprefix("/changes/") in viewer.get("/changes").text
    assert "Check a change" not in viewer.page.text


def test_drift_that_an_approved_change_foretold_is_labelled(site: Site) -> None:
    """On the page of drift, of the target and in its history, in the API's list and in the document of the run: the
    value is what the change said it would be. One that foretold another value labels nothing, nor does one that
    nobody approved.
    """
    viewer = site.by("viewer")
    number = re.search(r'href="/targets/(\d+)"[^>]*>(?:<bdi>)?fra-00', viewer.get("/targets").text)
    assert number
    place = f"/targets/{number[1]}"
    (drift,) = signed_in(site.port, site.store, "viewer").ask("GET", f"/api/v1{place}/drift").json["items"]
    assert (drift["path"], drift["by_change"]) == ("hostname", None)
    for name, value, state in (("a", "elsewhere", "approved"), ("b", drift["actual"], "rejected")):
        write(site.store, f"2026-{name}", "fra-00", value, state)
    audited(site.store, site.estate.inventory, goldens=["host-ams", "host-fra"])
    assert "foretold</a>" not in viewer.get(f"{place}?tab=drift").text
    write(site.store, "2026-c", "fra-00", drift["actual"], "approved")
    run = audited(site.store, site.estate.inventory, goldens=["host-ams", "host-fra"])
    for path in (f"{place}?tab=drift", "/drift"):
        assert 'href="/changes/2026-c">as change CHG-2026-c foretold' in viewer.get(path).text, path
    assert "CHG-2026-c" in viewer.get(f"{place}?tab=history").text
    (drift,) = signed_in(site.port, site.store, "viewer").ask("GET", f"/api/v1{place}/drift").json["items"]
    label = {"id": "2026-c", "ticket": "CHG-2026-c"}
    assert drift["by_change"] == label
    told = {one["target"]: one["by_change"] for one in document_of(site.store, run)["drift"]}
    assert (told["fra-00"], told["ams-00"]) == (label, None)


def write(store: Store, name: str, target: str, value: str, state: str) -> None:
    """A change that foretold another name for a host, and what was decided about it."""
    head = {"id": name, "by": "zoe", "ticket": f"CHG-{name}"}
    document = {"change": head, "candidate": {"name": "p.json", "sha256": "0" * 64}}
    snapshots = {"before": {"facts": {"hostname": "old"}}, "predicted": {"facts": {"hostname": value}}}
    with store.writing() as connection:
        one = Foretold(target, target, "linux", target, {"site": target[:3]}, snapshots)
        changes.put(connection, document, [one], {}, "zoe")
        changes.decide(connection, name, state, "ann", "as agreed", "ann")
