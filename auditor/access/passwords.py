"""Which passwords are taken: long, not the name, none of the patterns that are tried first. No rule of composition.

NIST SP 800-63B (5.1.1.2) asks for length and a list of what is common, and against rules of composition.
"""

import re
import unicodedata

from auditor.errors import InputError

SHORTEST, LONGEST = 12, 1000  # characters
LEAST_DIFFERENT = 5
# Words that make up the commonest passwords; with digits and signs before and after they are still the same word.
_COMMON = frozenset(
    {
        "password", "passphrase", "passwort", "motdepasse", "contrasena", "welcome", "willkommen", "bienvenue",
        "letmein", "iloveyou", "changeme", "change", "default", "secret", "administrator", "admin", "root", "user",
        "guest", "login", "master", "monkey", "dragon", "sunshine", "princess", "football", "baseball", "superman",
        "batman", "starwars", "trustno", "qwerty", "qwertz", "azerty", "auditor", "audit", "vmware", "vcenter",
        "esxi", "cisco", "nexus", "company", "server", "spring", "summer", "autumn", "winter", "fall", "january",
        "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
        "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "test", "testing", "temp",
        "temporary", "please", "this", "is", "my", "the",
    }
)  # fmt: skip
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl",
    "zxcvbnm", "yxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "q1w2e3r4t5y6u7i8o9p0", "!@#$%^&*()", "zaq1xsw2cde3vfr4bgt5",
)  # fmt: skip
_LEET = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"})
_EDGES = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_RUN = 4  # characters that follow each other


def normal(password: str) -> str:
    """The one form of a password that is hashed: NFKC, so that each keyboard's way of writing it is the same."""
    return unicodedata.normalize("NFKC", password)


def checked_password(password: str, name: str) -> str:
    """The password as it is hashed. Raises InputError, which never holds it, for one that is not taken."""
    mend = f"Take {SHORTEST} characters or more that nobody would try: some words that do not belong together."
    if len(password) > LONGEST:
        raise InputError(f"a password has at most {LONGEST} characters", mend=mend)
    plain = normal(password)
    if any(unicodedata.category(one) in ("Cc", "Cs") for one in plain):
        raise InputError("a password has no control characters", mend=mend)
    if len(plain) < SHORTEST:
        raise InputError(f"a password has at least {SHORTEST} characters", mend=mend)
    folded = plain.casefold()
    rest = re.sub(r"[\W\d_]", "", folded.replace(name.casefold(), ""))
    if name and name.casefold() in folded and len(rest) < SHORTEST // 2:
        raise InputError("a password is not the name of its user", mend=mend)
    if len(set(folded)) < LEAST_DIFFERENT or _period(folded):
        raise InputError("the password repeats itself", mend=mend)
    if _only_runs(folded) or _only_common(folded) or _only_common(_EDGES.sub("", folded).translate(_LEET)):
        raise InputError("the password is one of those that are tried first", mend=mend)
    return plain


def _period(text: str) -> bool:
    """Whether it is a short piece again and again: abcabcabcabc."""
    return any(text == (text[:size] * len(text))[: len(text)] for size in range(1, min(6, len(text) // 2) + 1))


def _only_runs(text: str) -> bool:
    """Whether little is left of it without keys or letters that follow each other."""
    left = 0
    while text:
        size = max(_run_at(text, run) for line in _RUNS for run in (line, line[::-1]))
        left += 0 if size else 1
        text = text[size or 1 :]
    return left < LEAST_DIFFERENT


def _run_at(text: str, line: str) -> int:
    """Length of the run that `text` begins with, 0 when it is none."""
    size = len(text)
    while size >= _RUN and text[:size] not in line:
        size -= 1
    return size if size >= _RUN else 0


def _only_common(text: str) -> bool:
    """Whether it is made of common words, digits and signs, and nothing else."""
    return all(_made_of_common(word) for word in re.split(r"[\W\d_]+", text))


def _made_of_common(word: str) -> bool:
    reach = {0}
    for end in range(1, len(word) + 1):
        if any(word[begin:end] in _COMMON for begin in reach):
            reach.add(end)
    return len(word) in reach
