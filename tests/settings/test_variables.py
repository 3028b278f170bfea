"""Every setting can be said by its variable."""

from auditor.settings.form import Settings, variable
from auditor.settings.load import load


def test_every_default_can_be_said_as_a_variable() -> None:
    """A variable is text: whatever a setting's type is, the text of its default means its default."""
    plain = {name: value for name, value in Settings() if isinstance(value, str | int | float) and value != ""}
    assert {"port", "oidc_token_days", "lease"} <= set(plain)
    said = load({variable(name): str(value) for name, value in plain.items()})
    assert {name: getattr(said, name) for name in plain} == plain
