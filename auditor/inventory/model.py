"""The form of inventory.yaml. What a kind of source knows beyond these keys is its collector's `Options`."""

from datetime import date
from ipaddress import ip_address
from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from auditor.facts import PLATFORMS
from auditor.settings.durations import Duration


class Part(BaseModel):
    """Base: frozen, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SecretReference(Part):
    """Where a secret stands. It is never written into an inventory itself."""

    env: str | None = None
    file: str | None = None

    @classmethod
    def of(cls, value: Any) -> Any:
        """Raises ValueError for anything that is not a reference."""
        if not isinstance(value, dict):
            raise ValueError("a secret is a reference: {env: NAME} or {file: PATH}, never the secret itself")
        if "vault" in value:
            raise ValueError("this version reads secrets from {env: NAME} or {file: PATH}, not yet from a vault")
        if len(value) != 1:
            raise ValueError("a secret has exactly one place: {env: NAME} or {file: PATH}")
        return value


Reference = Annotated[SecretReference, BeforeValidator(SecretReference.of)]


def path_of(value: Any) -> Any:
    """The path of a private key, written bare or as {file: PATH}."""
    return value["file"] if isinstance(value, dict) and list(value) == ["file"] else value


class CredentialForm(Part):
    """A login. `key_file` is the path of an SSH private key; the other secrets are references."""

    username: str = ""
    password: Reference | None = None
    key_file: Annotated[str | None, BeforeValidator(path_of)] = Field(
        None, validation_alias=AliasChoices("key_file", "key", "private_key")
    )
    passphrase: Reference | None = None
    auth_key: Reference | None = Field(None, validation_alias=AliasChoices("auth_key", "auth_password"))
    priv_key: Reference | None = Field(None, validation_alias=AliasChoices("priv_key", "priv_password"))


class Defaults(Part):
    """Values for sources that do not say otherwise."""

    timeout: Duration = 60.0
    deadline: Duration = 300.0


class PopulationForm(Part):
    """The targets that must be behind a source: named here, or in a file that `auditor collect` and `--save` write."""

    names: list[str] = Field(default_factory=list)
    file: str = ""


class NamesForm(Part):
    """Name servers to ask for the names of targets."""

    servers: list[str] = Field(default_factory=list)
    port: int = Field(53, ge=1, le=65535)

    @field_validator("servers")
    @classmethod
    def _addresses(cls, value: list[str]) -> list[str]:
        for one in value:
            try:
                ip_address(one)
            except ValueError:
                raise ValueError(f"a name server is given by its address, not {one!r}") from None
        return value


class CustomisationsForm(Part):
    """A file with values by target, for golden profiles."""

    file: str


class SourceForm(Part):
    """The keys that every kind of source knows; what is left over goes to the collector's `Options`."""

    model_config = ConfigDict(frozen=True, extra="allow")

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")
    kind: str
    address: str = ""
    port: int | None = Field(None, ge=1, le=65535)
    credential: str | None = None
    labels: dict[str, str] = Field(default_factory=dict)
    timeout: Duration | None = None
    deadline: Duration | None = None
    population: PopulationForm = PopulationForm()
    resolve_names: bool | NamesForm = False
    activity: bool = False
    customisations: dict[str, dict[str, Any]] | CustomisationsForm = Field(default_factory=dict)

    @field_validator("population", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return {"names": value} if isinstance(value, list) else value

    @field_validator("labels", mode="before")
    @classmethod
    def _texts(cls, value: Any) -> Any:
        return {str(k): str(v) for k, v in value.items()} if isinstance(value, dict) else value


class ExcludedForm(Part):
    """A target that is left out on purpose, with its reason, until a date (inclusive)."""

    target: str
    reason: str = Field(min_length=3)
    until: date | None = None
    platform: str = ""

    @field_validator("until", mode="before")
    @classmethod
    def _date(cls, value: Any) -> Any:
        try:
            return date.fromisoformat(value) if isinstance(value, str) else value
        except ValueError:
            raise ValueError("a date is written like 2027-01-31") from None

    @field_validator("platform")
    @classmethod
    def _known(cls, value: str) -> str:
        if value and value not in PLATFORMS:
            raise ValueError(f"unknown platform; known are {', '.join(PLATFORMS)}")
        return value


class InventoryForm(Part):
    """inventory.yaml."""

    defaults: Defaults = Defaults()
    credentials: dict[str, CredentialForm] = Field(default_factory=dict)
    sources: list[SourceForm] = Field(default_factory=list)
    excluded: list[ExcludedForm] = Field(default_factory=list)
