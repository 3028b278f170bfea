"""Where somebody goes on after signing in: to a page of ours, wherever a link wanted to lead."""

import re

_LOCAL = re.compile(r"/(?:[^/\\\x00-\x20\x7f-\uffff][^\\\x00-\x20\x7f-\uffff]*)?")
LONGEST = 2000


def landing(wanted: str) -> str:
    """The path, with its query, if it lies on this site, else the overview."""
    return wanted if len(wanted) <= LONGEST and _LOCAL.fullmatch(wanted) else "/"
