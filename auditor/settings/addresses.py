"""The URLs of database and broker, with the password that stands in a file of its own."""

from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from auditor.errors import InputError
from auditor.settings import state_folder
from auditor.settings.form import Settings, variable

BROKERS = ("redis", "rediss", "redis+socket")
MAX_PASSWORD = 65_536  # bytes


def database_url(settings: Settings, option: str | None = None) -> str:
    """The database's URL: `option`, else the setting, else SQLite in the state folder. It may hold a password."""
    if not (url := option or settings.database):
        return f"sqlite:///{(state_folder() / 'auditor.sqlite').absolute()}"
    if url.partition(":")[0].partition("+")[0] == "sqlite":
        return url
    return _with_password(url, settings.database_password_file, "database_password_file")


def broker_url(settings: Settings, option: str | None = None) -> str | None:
    """The broker's URL: `option`, else the setting; None without a broker. It may hold a password."""
    if not (url := option or settings.broker):
        return None
    if url.partition("://")[0] not in BROKERS:
        raise InputError(
            f"{url.partition(':')[0][:20]!r} is no broker that is known here",
            mend="Give redis://HOST:PORT/0, rediss:// for TLS, or redis+socket:///PATH; Valkey is named so too.",
        )
    return _with_password(url, settings.broker_password_file, "broker_password_file")


def shown(url: str) -> str:
    """`url` without its password, for people and logs. The password's place is marked."""
    try:
        parts = urlsplit(url)
        if parts.password is None:
            return url
        address = parts.netloc.rpartition("@")[2]
        return urlunsplit(parts._replace(netloc=f"{parts.username or ''}:***@{address}"))
    except ValueError:
        return "(a URL that cannot be read)"


def _with_password(url: str, file: Path | None, name: str) -> str:
    if not url.isprintable():
        raise InputError(f"the URL beside {variable(name)} has control characters", mend="Write it on one line.")
    if file is None:
        return url
    try:
        parts = urlsplit(url)
        said = parts.password
    except ValueError:
        raise InputError(f"the URL beside {variable(name)} cannot be read", mend="Correct it.") from None
    if said is not None:
        what = f"the URL has a password, and {variable(name)} names another"
        raise InputError(what, where=shown(url), mend="Keep one of them.")
    user, _, address = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(_password(file), safe='')}@{address}"))


def _password(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            password = opened.read(MAX_PASSWORD).decode("utf-8").rstrip("\r\n")
    except (OSError, ValueError) as problem:  # ValueError: not UTF-8, or a NUL in the path
        why = getattr(problem, "strerror", None) or "not text"
        raise InputError(f"the password cannot be read: {why}", where=str(file), mend="Correct the path.") from None
    if not password:
        raise InputError("the password's file is empty", where=str(file), mend="Write the password into it.")
    return password
