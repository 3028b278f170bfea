"""What can be set: names, types, defaults. A setting is a key of auditor.toml and a variable (`variable`)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr

from auditor.settings.durations import Duration


def _printable(value: str) -> str:
    if not value.isprintable():
        raise ValueError("a text of one line is wanted, without control characters")
    return value


Text = Annotated[str, Field(strict=True, max_length=4096), AfterValidator(_printable)]
Count = Annotated[int, Field(strict=True, ge=1, le=10_000)]


def _hidden() -> Any:
    """A setting that may hold a password: in no `repr`; any text will do, so that no complaint shows it."""
    return Field(default="", repr=False, strict=True)


SECRET = frozenset({"database", "broker"})


class Settings(BaseModel):
    """Everything that stands outside an inventory. Paths are absolute; "" and None mean that nothing was said."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    database: str = _hidden()
    database_password_file: Path | None = None
    broker: str = _hidden()
    broker_password_file: Path | None = None
    inventory: Path | None = None
    rules: tuple[Path, ...] = ()
    organisation: Text = ""
    classification: Text = ""
    host: Text = "127.0.0.1"
    port: Annotated[int, Field(strict=True, ge=0, le=65_535)] = 8000
    public_url: Text = ""
    trusted_proxies: Text = ""
    metrics_token_file: Path | None = None
    notify_networks: Text = ""
    oidc_issuer: Text = ""
    oidc_client_id: Text = ""
    oidc_client_secret_file: Path | None = None
    oidc_scopes: Text = "openid profile email"
    oidc_groups_claim: Text = "groups"
    oidc_roles_file: Path | None = None
    oidc_ca_file: Path | None = None
    oidc_networks: Text = ""
    oidc_title: Text = ""
    oidc_token_days: Annotated[int, Field(strict=True, ge=0, le=366)] = 30
    workers: Count = 2
    log: Literal["text", "json"] | None = None
    lease: Duration = 120.0
    attempts: Count = 3
    keep_captures: Count = 30
    keep_reports: Count = 90
    keep_downloads: Count = 400
    keep_snapshots: Annotated[int, Field(strict=True, ge=0, le=10_000)] = 0

    _origins: Mapping[str, str] = PrivateAttr(default_factory=dict)

    def origin(self, name: str) -> str:
        """Where a setting was said: a variable's name, `FILE:LINE`, or "" when its default stands."""
        return self._origins.get(name, "")


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return f"AUDITOR_{name.upper()}"
