"""Forms with files: every part comes out as it was put in, and what is no form is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.api.multipart import MOST_PARTS, Part, parts_of

BOUNDARY = "----WebKitFormBoundaryAaB03x"
SAID = f"multipart/form-data; boundary={BOUNDARY}"
NAMES = st.sampled_from(["csrf", "files", "paths", "a b", "ä"])
FILES = st.one_of(st.none(), st.sampled_from(["", "x.conf", "C:\\dir\\x.cfg", "ä ö.txt", "a;b.txt"]))
CONTENT = st.lists(st.sampled_from([b"\r\n", b"--", b"\r", b"\n", b"\0\xff", b"text", b"\r\n--", b"\r\n\r\n"])).map(
    b"".join
)


def body(parts: list[tuple[str, str | None, bytes]]) -> bytes:
    """As a browser writes it: a quote and a backslash in a name are not escaped by backslashes."""
    out = b""
    for name, file, content in parts:
        named = f'form-data; name="{name}"' + ("" if file is None else f'; filename="{file}"')
        out += f"--{BOUNDARY}\r\nContent-Disposition: {named}\r\n".encode()
        out += b"\r\n" if file is None else b"Content-Type: application/octet-stream\r\n\r\n"
        out += content + b"\r\n"
    return out + f"--{BOUNDARY}--\r\n".encode()


@given(st.lists(st.tuples(NAMES, FILES, CONTENT), max_size=5))
def test_parts_come_out_as_they_were_put_in(parts: list[tuple[str, str | None, bytes]]) -> None:
    """Whatever bytes they hold; a name of a file is taken as it is written, but for its backslashes."""
    found = list(parts_of(SAID, body(parts)))
    plain = [Part(name, None if file is None else file.replace("\\", ""), content) for name, file, content in parts]
    assert [one._replace(file=one.file and one.file.replace("\\", "")) for one in found] == plain


@pytest.mark.parametrize(
    ("said", "content"),
    [
        ("multipart/form-data", body([("a", None, b"1")])),
        (SAID, b""),
        (SAID, body([("a", None, b"1")])[:-6]),
        (SAID, f"--{BOUNDARY}\r\nno head\r\n--{BOUNDARY}--".encode()),
        (SAID, f"--{BOUNDARY}\r\nX: y\r\n\r\n1\r\n--{BOUNDARY}--".encode()),
        (SAID, body([("a", None, b"")] * (MOST_PARTS + 1))),
    ],
)
def test_what_is_no_form_is_refused(said: str, content: bytes) -> None:
    with pytest.raises(ValueError, match=r"part|boundary"):
        list(parts_of(said, content))


@given(st.text(max_size=80), st.binary(max_size=300))
def test_no_bytes_do_more_than_be_refused(said: str, content: bytes) -> None:
    """Whatever is sent, with whatever head."""
    for head in (said, SAID, f"multipart/form-data; boundary={said}"):
        try:
            list(parts_of(head, content))
        except ValueError:
            continue
