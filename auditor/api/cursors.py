"""Places in lists, as opaque words. A word that was changed leads to another place in the same list, and nowhere else:
what the list shows is decided by the query, never by the place.
"""

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated, Any

import orjson
from fastapi import Query

from auditor.api.problems import ProblemError

LONGEST = 4000  # characters
LARGEST = 1 << 62
After = Annotated[
    str, Query(max_length=LONGEST, description="Where to go on: `next` of the page before.", examples=[""])
]


def written(*place: int | str) -> str:
    """The word for a place."""
    return base64.urlsafe_b64encode(orjson.dumps(place)).rstrip(b"=").decode()


def read(word: str, *kinds: type) -> Sequence[Any] | None:
    """The place of a word, None of "". Raises ProblemError for what is none of these kinds."""
    if not word:
        return None
    try:
        padded = word + "=" * (-len(word) % 4)
        place = orjson.loads(base64.b64decode(padded.encode("ascii"), b"-_", validate=True))
    except (ValueError, binascii.Error):
        place = None
    if not isinstance(place, list) or [type(one) for one in place] != list(kinds) or not all(map(_fits, place)):
        raise ProblemError(422, "invalid-cursor", "`after` is no place in this list: give `next` of the page before")
    return place


def _fits(one: int | str) -> bool:
    return "\0" not in one if isinstance(one, str) else -LARGEST < one < LARGEST
