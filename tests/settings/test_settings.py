"""Settings: what is believed, in which order, and what a mistake in them says."""

import os
from pathlib import Path

import pytest

from auditor.errors import InputError, InputErrors
from auditor.settings import addresses, settings
from auditor.settings.form import Settings, variable
from tests.cli.running import auditor


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder and state folder of the test's own, and no variable of the person who runs it."""
    for name in os.environ:
        if name.startswith("AUDITOR_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AUDITOR_STATE", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(folder: Path, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "auditor.toml"
    path.write_text(text)
    return path


def refused() -> str:
    with pytest.raises(InputError) as caught:
        settings()
    return str(caught.value)


def test_defaults_stand_without_a_file() -> None:
    """Nothing said: SQLite in the state folder, no broker, loopback only, reports without a name."""
    found = settings()
    assert addresses.database_url(found).startswith("sqlite:////")
    assert addresses.database_url(found).endswith("/state/auditor.sqlite")
    assert addresses.broker_url(found) is None
    assert (found.host, found.port, found.organisation, found.origin("port")) == ("127.0.0.1", 8000, "", "")


def test_option_beats_variable_beats_file_beats_default(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The nearer to the user, the stronger; and where a value came from can be asked."""
    path = written(alone, 'organisation = "file"\nport = 1\ndatabase = "sqlite:///file"\n')
    monkeypatch.setenv("AUDITOR_PORT", "2")
    monkeypatch.setenv("AUDITOR_DATABASE", "sqlite:///variable")
    found = settings()
    assert (found.organisation, found.port) == ("file", 2)
    assert (found.origin("organisation"), found.origin("port")) == (f"{path}:1", "AUDITOR_PORT")
    assert addresses.database_url(found) == "sqlite:///variable"
    assert addresses.database_url(found, "sqlite:///option") == "sqlite:///option"


def test_an_empty_variable_says_nothing(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable set to nothing leaves what the file says, as unset variables of a container do."""
    written(alone, "port = 1\n")
    monkeypatch.setenv("AUDITOR_PORT", "")
    assert settings().port == 1


def test_where_the_file_is_looked_for(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """AUDITOR_CONFIG, then the working folder, then the state folder; only the first that is there is read."""
    written(alone / "state", 'organisation = "state"\nport = 3\n')
    assert settings().organisation == "state"
    written(alone, 'organisation = "here"\n')
    assert (settings().organisation, settings().port) == ("here", 8000)
    monkeypatch.setenv("AUDITOR_CONFIG", str(written(alone / "named", 'organisation = "named"\n')))
    assert settings().organisation == "named"


def test_a_named_file_that_is_not_there_is_an_error(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """AUDITOR_CONFIG with a typo never means "no settings"."""
    monkeypatch.setenv("AUDITOR_CONFIG", "no.toml")
    assert f"{alone}/no.toml: cannot be read" in refused()


@pytest.mark.parametrize("what", ["everybody", "somebody"])
def test_a_found_file_of_somebody_else_is_not_believed(what: str, alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who works in a folder that others may write to does not send audits to their database."""
    path = written(alone, 'database = "sqlite:///theirs"\n')
    if what == "everybody":
        path.chmod(0o646)
    elif os.geteuid() == 0:
        os.chown(path, 12345, 12345)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert "belongs to somebody else" in refused()
    monkeypatch.setenv("AUDITOR_CONFIG", str(path))
    assert settings().database == "sqlite:///theirs"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('\n\ndatabse = "sqlite:///x"\n', 3, "Did you mean 'database'?"),
        ('port = "8000"\n', 1, "port: Input should be a valid integer"),
        ("port = true\n", 1, "port: Input should be a valid integer"),
        ("\nport = 70000\n", 2, "less than or equal to 65535"),
        ("organisation = 5\n", 1, "organisation: Input should be a valid string"),
        ('organisation = "a\\nb"\n', 1, "one line"),
        ('lease = "2 weeks"\n', 1, "60s, 5m or 1h"),
        ('log = "xml"\n', 1, "'text' or 'json'"),
        ('rules = "folder"\n', 1, "rules"),
        ("database = []\n", 1, "database"),
        ("\n[database]\nurl = 1\n", 2, "database"),
        ('"port " = 1\n', 1, "Did you mean 'port'?"),
        ("port = 1\nport = 2\n", 2, "not valid TOML"),
        ("port = = 1\n", 1, "not valid TOML"),
    ],
)
def test_a_mistake_names_file_line_and_mend(text: str, line: int, said: str, alone: Path) -> None:
    """Unknown keys, wrong types and broken TOML are one message with file:line, never a traceback or a guess."""
    path = written(alone, text)
    message = refused()
    assert message.startswith(f"{path}:{line}: ")
    assert said in message


def test_every_mistake_is_told_at_once(alone: Path) -> None:
    """A file is mended in one go."""
    written(alone, "prot = 1\nworkers = 0\n")
    with pytest.raises(InputErrors) as caught:
        settings()
    assert len(caught.value.errors) == 2


@pytest.mark.parametrize(
    ("name", "value"), [("AUDITOR_PORT", "http"), ("AUDITOR_PORT", "-1"), ("AUDITOR_WORKERS", "1.5")]
)
def test_a_wrong_variable_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says which variable and what stood in it."""
    monkeypatch.setenv(name, value)
    message = refused()
    assert message.startswith(f"{name}: ")
    assert repr(value) in message


@pytest.mark.parametrize(("name", "near"), [("AUDITOR_DATABSE", "AUDITOR_DATABASE"), ("AUDITOR_HOSTS", "AUDITOR_HOST")])
def test_a_slip_in_a_variables_name_is_told(name: str, near: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It never means that nothing was said. Names of one's own, as inventories use them for secrets, are left alone."""
    monkeypatch.setenv("AUDITOR_DATABASE_PASSWORD", "x")
    monkeypatch.setenv("AUDITOR_BROKER_PASSWORD", "x")
    monkeypatch.setenv("AUDITOR_VC_PASSWORD", "x")
    settings()
    monkeypatch.setenv(name, "sqlite:///x")
    assert refused() == f"there is no setting {name}\n  Did you mean {near}?"


def test_paths_are_seen_from_where_they_are_written(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path in a file is relative to that file, a path in a variable to the working folder."""
    monkeypatch.setenv("AUDITOR_CONFIG", str(written(alone / "etc", 'inventory = "i.yaml"\nrules = ["own"]\n')))
    found = settings()
    assert (found.inventory, found.rules) == (alone / "etc/i.yaml", (alone / "etc/own",))
    monkeypatch.setenv("AUDITOR_INVENTORY", "j.yaml")
    assert settings().inventory == alone / "j.yaml"


def test_a_password_comes_from_a_file_and_is_quoted(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file's text becomes the URL's password, whatever characters it has; its last line end is no part of it."""
    (alone / "pw").write_text("p@ss/w:rd #1\n")
    monkeypatch.setenv("AUDITOR_DATABASE_PASSWORD_FILE", "pw")
    monkeypatch.setenv("AUDITOR_BROKER_PASSWORD_FILE", "pw")
    found = settings()
    url = addresses.database_url(found, "postgresql://audit@db.example.org:5433/audits?sslmode=verify-full")
    assert url == "postgresql://audit:p%40ss%2Fw%3Ard%20%231@db.example.org:5433/audits?sslmode=verify-full"
    assert addresses.broker_url(found, "rediss://r.example.org/1") == "rediss://:p%40ss%2Fw%3Ard%20%231@r.example.org/1"
    assert addresses.database_url(found, "sqlite:///x") == "sqlite:///x"
    with pytest.raises(InputError, match="names another") as caught:
        addresses.broker_url(found, "redis://:other@r.example.org")
    assert "other@" not in str(caught.value)


def test_a_password_is_shown_nowhere(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the settings' own text, nor a complaint about another key, nor the shown URL has it."""
    written(alone, 'database = "postgresql://u:hunter2@h/d"\nbroker = "redis://:hunter2@h"\n')
    found = settings()
    assert "hunter2" not in repr(found) + str(found)
    assert addresses.shown(found.database) == "postgresql://u:***@h/d"
    assert addresses.shown(found.broker) == "redis://:***@h"
    monkeypatch.setenv("AUDITOR_PORT", "x")
    assert "hunter2" not in refused()
    for wrong in ('database = ["hunter2"]', 'databse = "hunter2"', 'database = "hunter2'):
        written(alone, f"{wrong}\n")
        assert "hunter2" not in refused()


def test_what_is_no_broker_is_refused() -> None:
    """A URL of another kind of queue, or a bare host, is told before anything tries it; its password is not."""
    for wrong in ("amqp://u:hunter2@h", "broker.example.org:6379", "memory://"):
        with pytest.raises(InputError, match="no broker that is known here") as caught:
            addresses.broker_url(settings(), wrong)
        assert "hunter2" not in str(caught.value)


def test_every_setting_has_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever may stand in the file may be said by a variable: no setting is forgotten there."""
    numbers = {name for name, field in Settings.model_fields.items() if isinstance(field.default, int)}
    texts = dict.fromkeys(numbers, "9") | {"lease": "9m"}
    for name in Settings.model_fields:
        monkeypatch.setenv(variable(name), "text" if name == "log" else texts.get(name, "x"))
    found = settings()
    assert {name for name in Settings.model_fields if found.origin(name) != variable(name)} == set()
    assert (found.port, found.keep_snapshots, found.lease) == (9, 9, 540.0)


def test_a_command_ends_with_status_2_before_it_does_anything(alone: Path) -> None:
    """What a user sees of a typo: one message with file and line, no traceback; and what is right is used."""
    (alone / "own").mkdir()
    path = written(alone, 'rules = ["own"]\nclasification = "x"\n')
    done = auditor(alone, "rules", "list")
    assert (done.status, done.out) == (2, "")
    assert done.err == f"auditor: {path}:2: unknown key 'clasification'\n  Did you mean 'classification'?\n"
    written(alone, 'rules = ["none"]\n')
    assert f"{path}:1 names a folder that does not exist" in auditor(alone, "rules", "list").err
    written(alone, 'rules = ["own"]\n')
    assert auditor(alone, "rules", "list").status == 0
