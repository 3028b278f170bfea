"""The simulated kind of source, known to this process as to the workers that it starts."""

from tests.service.conftest import simulated

__all__ = ["simulated"]
