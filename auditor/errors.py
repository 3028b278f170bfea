"""What a user did wrong, and what to do about it: one message, exit status 2, no traceback."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file something stands; lines and columns count from 1, 0 means unknown."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


class AuditorError(Exception):
    """Base of every error that is an answer to the user and not a fault of ours."""


class InputError(AuditorError):
    """Bad usage, configuration or input: what is wrong, where, and the mend. The command ends with status 2."""

    def __init__(self, what: str, *, where: Place | str | None = None, mend: str = "") -> None:
        self.what, self.where, self.mend = what, where, mend
        super().__init__(str(self))

    def __str__(self) -> str:
        head = f"{self.where}: {self.what}" if self.where else self.what
        return f"{head}\n  {self.mend}" if self.mend else head


class NotFoundError(InputError):
    """Something was named that is not there."""


class ConflictError(InputError):
    """It could be done, but not beside what is there already."""


class InputErrors(InputError):
    """Several input errors at once, so that a file is mended in one go."""

    def __init__(self, errors: list[InputError]) -> None:
        self.errors = errors
        super().__init__("\n".join(str(error) for error in errors))


def faults_in(error: InputError) -> list[InputError]:
    """Each single fault of an error, however they were put together."""
    return [fault for one in error.errors for fault in faults_in(one)] if isinstance(error, InputErrors) else [error]
