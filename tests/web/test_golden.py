"""Golden profiles on pages: proposed by one, decided about by another, with what changes in sight."""

import re
from html import unescape

from tests.api.sites import GOLDEN, HOSTILE
from tests.store.access.people import journal
from tests.web.browsing import Browser
from tests.web.conftest import Site

NEW, WHY = "/golden/proposals/new", "the name servers have moved"


def propose(by: Browser, name: str, text: str) -> str:
    """Propose it on the page; the number."""
    by.get(f"{NEW}?name={name}")
    answer = by.send(NEW, name=name, text=text.replace("\n", "\r\n"), reason=f"{WHY} {HOSTILE}")
    assert answer.status == 200, answer.text
    found = re.fullmatch(r"/golden/proposals/(\d+)\?done=proposed", by.path)
    assert found
    return found[1]


def test_whoever_proposes_is_never_offered_to_decide(site: Site) -> None:
    """With both roles too, and the server refuses as well; another sees what changes and approves it."""
    both, approver = site.by("both"), site.by("approver")
    form = both.get(f"{NEW}?name=host-ams").text
    assert "hostname: another" in form  # what is in use now
    number = propose(both, "host-ams", GOLDEN.format(name="host-ams", site="ams").replace("another", "quite-another"))
    here = f"/golden/proposals/{number}"
    assert "somebody else has to decide" in both.page.text
    assert f"{here}/approve" not in both.page.text
    assert "<script>alert" not in both.page.text
    assert HOSTILE in unescape(both.page.text)
    shown = approver.get(here).text
    assert "quite-another" in shown
    assert f'href="{here}"' in approver.get("/golden").text  # it waits for him
    assert "Waiting for you" not in site.by("both").get("/golden").text
    both.get("/account")
    token = both.hidden("/sign-out")["csrf"]
    both.page = approver.get(here)
    refused = both.send(f"{here}/approve", csrf=token)
    assert (refused.status, "whoever proposed it does not decide about it" in refused.text) == (403, True)
    approver.get(here)
    assert approver.send(f"{here}/reject", note="no").status == 422  # a reason, not a word
    approver.get(here)
    approver.send(f"{here}/approve", note="as agreed")
    assert approver.path == f"{here}?done=approved"
    for path in ("/golden", "/golden/host-ams"):
        assert f'href="{here}"' in site.by("viewer").get(path).text
    told = [(who, what) for who, what, about in journal(site.store) if about == number and "golden" in what]
    assert told == [("both", "golden proposed"), ("approver", "golden approved")]


def test_a_profile_is_taken_out_of_use_by_two(site: Site) -> None:
    """Asked for on its page; whoever decides sees what is demanded no more, and that nothing comes in its place."""
    by, approver = site.by("operator"), site.by("approver")
    first = propose(by, "short-lived", GOLDEN.format(name="short-lived", site="ams"))
    approver.get(f"/golden/proposals/{first}")
    approver.send(f"/golden/proposals/{first}/approve")
    by.get("/golden/short-lived")
    assert "It is proposed." in by.send("/golden/short-lived/retire", reason=WHY).text
    here = by.path.partition("?")[0]
    shown = approver.get(here).text
    assert "Take out of use: A host of ams" in shown
    assert "Removed" in shown
    assert "Show the YAML" not in shown
    assert "Runs that begin from now on do not compare with it." in approver.send(f"{here}/approve").text
    assert "Taken out of use" in site.by("viewer").get("/golden?show=decided").text
    assert "short-lived" not in site.by("viewer").get("/golden").text


def test_what_is_wrong_comes_back_with_its_line(site: Site) -> None:
    """And what was typed; of two proposals on top of one the second says that it is stale, and is not offered."""
    by = site.by("operator")
    by.get(NEW)
    text = GOLDEN.format(name="host-fra", site="fra")
    wrong = by.send(NEW, name="host-fra", text=text + "  no_such_fact: 1\n", reason=WHY)
    assert (wrong.status, "line 6: " in wrong.text, "no_such_fact: 1" in wrong.text) == (422, True, True), wrong.text
    one, other = (propose(by, "host-fra", f"{text}  kernel: '{x}'\n") for x in (1, 2))
    approver = site.by("approver")
    approver.get(f"/golden/proposals/{one}")
    approver.send(f"/golden/proposals/{one}/approve")
    stale = approver.get(f"/golden/proposals/{other}").text
    assert "it cannot be approved" in stale
    assert f"/golden/proposals/{other}/approve" not in stale
    by.get(f"/golden/proposals/{other}")
    by.send(f"/golden/proposals/{other}/withdraw")
    assert by.path == f"/golden/proposals/{other}?done=withdrawn"
    assert f'href="/golden/proposals/{other}"' in by.get("/golden?show=decided").text


def test_whoever_is_limited_sees_and_decides_within(site: Site) -> None:
    """A proposal for another site is not there, nor in a list."""
    number = propose(site.by("operator"), "only-fra", GOLDEN.format(name="only-fra", site="fra"))
    limited = site.by("approver-ams")
    assert limited.get(f"/golden/proposals/{number}").status == 404
    for path in ("/golden", "/golden?show=waiting"):
        assert f"/golden/proposals/{number}" not in limited.get(path).text
    viewer = site.by("viewer")
    assert "Propose a profile" not in viewer.get("/golden").text
    assert f"/golden/proposals/{number}/approve" not in viewer.get(f"/golden/proposals/{number}").text
