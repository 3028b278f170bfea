"""A check as a whole: what it refuses, what it marks, what it says of the candidate; and its reports."""

import copy
import json
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import pikepdf
import pytest

from auditor.changes import MODULES
from auditor.changes.check import Asked, check
from auditor.changes.differences import differences
from auditor.changes.load import candidate_of
from auditor.changes.model import Why
from auditor.errors import InputError
from auditor.reporting.change import content
from tests.changes.making import AT, RULE, SSH, basis, checked, later, patch, plan

HOSTILE = '"><script>alert(1)</script>\u202e\x1b]0;x\x07\ufffe'


def test_a_stale_reading_is_refused_and_marked_when_it_is_forced() -> None:
    late = AT + timedelta(days=3)
    with pytest.raises(InputError, match="was last read"):
        checked(patch(("replace", SSH, "yes")), at=late)
    found = checked(patch(("replace", SSH, "yes")), at=late, force=True)
    assert (found.document["targets"][0]["based_on"]["stale"], found.document["change"]["forced"]) == (True, True)
    assert not checked(patch(("replace", SSH, "yes"))).document["targets"][0]["based_on"]["stale"]


@pytest.mark.parametrize(
    ("name", "content", "as_path", "sample"),
    [
        ("x.cfg", b"feature ssh\nntp server 192.0.2.1\n", "", ("rhel-9-good", "rhel")),
        ("99-x.conf", b"net.ipv4.ip_forward = 0\n", "/etc/sysctl.d/99-x.conf", ("vsm", "vsm")),
        ("99-x.conf", b"net.ipv4.ip_forward = 0\n", "/etc/sysctl.d/99-x.conf", ("esx-01", "vsphere")),
        ("ks.cfg", b"vmaccepteula\nrootpw secret\nnetwork --bootproto=dhcp\n", "", ("vsm", "vsm")),
    ],
)
def test_a_candidate_for_another_platform_is_refused(
    name: str, content: bytes, as_path: str, sample: tuple[str, str]
) -> None:
    """Before anything is foretold, whichever platform it is meant for."""
    with pytest.raises(InputError) as problem:
        checked(candidate_of(name, content, as_path), bases=(basis(*sample),))
    assert "is not for" in str(problem.value), str(problem.value)
    assert "secret" not in str(problem.value)


def test_no_target_is_no_check() -> None:
    with pytest.raises(InputError, match="no target"):
        check((), patch(("replace", SSH, "yes")), plan(), Asked("c", AT))


def test_a_candidate_keeps_its_lines_and_numbers() -> None:
    """As many as a page can show, of all its files together; the rest is counted."""
    document = checked(patch(("replace", "/hostname", "a"))).document["candidate"]
    (file,) = document["files"]
    assert (file["numbers"], file["more_lines"]) == ([1, 2, 3], 0)
    text = "[\n" + "\n" * 60_000 + json.dumps({"op": "replace", "path": "/hostname", "value": "a"}) + "]\n"
    found = checked(candidate_of("p.json", text.encode()))
    (file,) = found.document["candidate"]["files"]
    assert len(file["lines"]) + file["more_lines"] == 60_002
    (fact,) = [x for x in found.document["targets"][0]["facts"] if not x["derived"]]
    assert fact["why"][0]["where"] == "p.json:60002"


def test_every_platform_of_the_estate_has_a_place_for_its_predictor() -> None:
    assert set(MODULES) == {"nexus1000v", "nxos", "linux", "esxi", "vcenter", "dvs", "vm"}


def test_differences_name_the_nearest_lines() -> None:
    """Those at a fact before those above it; a fact that appears with what is below it names the lines below."""
    old = basis().target.snapshot
    assert old is not None
    sshd = {**old.facts["sshd"], "effective": {**old.facts["sshd"]["effective"], "banner": "/x", "new": "1"}}
    why = [
        Why("sshd", "a:1", "reload"),
        Why("sshd.effective[banner]", "a:2", "Banner /y"),
        Why("sshd.effective[banner]", "a:3", "Banner /x"),
    ]
    found = {one.path: one for one in differences(old, later(old, {"sshd": sshd}), why)}
    assert [x.where for x in found["sshd.effective[banner]"].why] == ["a:2", "a:3"]
    assert [x.where for x in found["sshd.effective[new]"].why] == ["a:1"]
    assert set(found) == {"sshd.effective[banner]", "sshd.effective[new]"}
    gone = list(differences(old, later(old, {}, gaps={**old.gaps, "sshd": "not foretold"})))
    assert [(x.path, type(x.after).__name__) for x in gone] == [("sshd", "GapValue")]


@pytest.fixture(scope="module")
def document() -> dict:  # type: ignore[type-arg]
    """A check of two hosts that fails, with hostile words in it."""
    candidate = patch(("replace", SSH, "yes"), ("replace", "/hostname", HOSTILE))
    found = checked(candidate, bases=(basis(), basis("rhel-9-poor")), ticket=HOSTILE + "\ud800", by=HOSTILE).document
    risk = {"id": "r-1", "severity": "high", "title": HOSTILE, "detail": HOSTILE, "where": "p.json:2"}
    found["targets"][0]["risks"] = [risk]
    found["targets"][0]["name"] = HOSTILE
    return found


def test_html_runs_nothing_and_names_the_line(document: dict) -> None:  # type: ignore[type-arg]
    page = content(document, "html").decode()
    assert "<script" not in page
    assert "\u202e" not in page
    assert "script-src" not in page  # nothing allows one: default-src 'none'
    for words in ("<b>Fails</b>", RULE, 'href="#c-0-2"', 'id="c-0-2"', "Risks of the window"):
        assert words in page, words


def test_sarif_has_the_line_of_each_failure(document: dict) -> None:  # type: ignore[type-arg]
    """At or above high an error; risks and what cannot be foretold are notes; every rule is described once."""
    (run,) = json.loads(content(document, "sarif"))["runs"]
    failing = [x for x in run["results"] if x["ruleId"] == RULE]
    place = failing[0]["locations"][0]["physicalLocation"]
    assert {x["level"] for x in failing} == {"error"}
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("p.json", 2)
    levels = {x["ruleId"]: x["level"] for x in run["results"]}
    assert (levels["r-1"], levels["cannot-be-foretold"]) == ("note", "note")
    ids = [x["id"] for x in run["tool"]["driver"]["rules"]]
    assert sorted(ids) == sorted(set(ids)) == sorted({x["ruleId"] for x in run["results"]})
    prints = [x["partialFingerprints"]["auditorChange/v1"] for x in run["results"]]
    assert len(set(prints)) == len(prints)
    assert all(x["message"]["text"] and x["locations"] for x in run["results"])


def test_junit_fails_where_the_check_does(document: dict) -> None:  # type: ignore[type-arg]
    """A suite for each host; counts are those of its cases; no character that XML cannot hold."""
    root = ElementTree.fromstring(content(document, "junit"))  # noqa: S314  of ours
    suites = root.findall("testsuite")
    assert len(suites) == 2
    for suite in suites:
        for key, kind in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.get(key) or 0) == len(suite.findall(f"testcase/{kind}")), key
        failed = {x.get("name") for x in suite.findall("testcase") if x.find("failure") is not None}
        assert failed == {RULE}
    one = suites[0].find("testcase/failure")
    assert one is not None
    assert "because of p.json:2" in (one.text or "")


def test_what_is_waived_or_in_grace_fails_no_case(document: dict) -> None:  # type: ignore[type-arg]
    """As it does not make the check fail; a waiver that reopens does, though its finding failed before."""
    found = copy.deepcopy(document)
    for target, more in zip(found["targets"], ({"waiver": {"id": "W-1"}}, {"grace_until": "2027-01-01"}), strict=True):
        for one in target["findings"]["newly_failing"]:
            one.update(more)
    root = ElementTree.fromstring(content(found, "junit"))  # noqa: S314  of ours
    assert root.findall(".//failure") == []
    (run,) = json.loads(content(found, "sarif"))["runs"]
    assert sum("suppressions" in x for x in run["results"]) == 1
    waiver = {
        "id": "W-2",
        "rule": "r",
        "subject": None,
        "severity": "high",
        "fate": "reopens",
        "reason": "another value",
    }
    found["targets"][0]["waivers"] = [waiver, {**waiver, "id": "W-3", "rule": "s", "severity": "low"}]
    root = ElementTree.fromstring(content(found, "junit"))  # noqa: S314  of ours
    assert [str(one.get("message")) for one in root.findall(".//failure")] == ["waiver W-2 reopens: another value"]


def test_pdf_is_tagged_and_has_its_json_within(document: dict, tmp_path: Path) -> None:  # type: ignore[type-arg]
    """PDF/A-3a with an outline; each line of the candidate that is named is a link to it."""
    file = tmp_path / "change.pdf"
    file.write_bytes(content(document, "pdf"))
    with pikepdf.open(file) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert b"<pdfaid:conformance>A" in pdf.Root.Metadata.read_bytes() or "pdfaid" in str(pdf.open_metadata())
        assert json.loads(pdf.attachments["change.json"].get_file().read_bytes())["schema"] == "auditor-change/1"
        with pdf.open_outline() as outline:
            assert [one.title for one in outline.root][:3] == ["The answer", "Risks of the window", "Newly failing"]
        links = [a for page in pdf.pages for a in page.get("/Annots", []) if a.Subtype == "/Link"]
        assert links
        assert all("/Dest" in a or "/A" in a for a in links)
        assert not any("x-join" in str(a.get("/A", "")) for a in links)


def test_a_document_is_plain_json(document: dict, tmp_path: Path) -> None:  # type: ignore[type-arg]
    assert json.loads(content(document, "json").decode())["schema"] == "auditor-change/1"
    with pytest.raises(KeyError):
        content(document, "exe")
