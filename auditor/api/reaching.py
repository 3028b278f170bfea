"""Whether what is chosen by labels lies within a scope: see `auditor.access.reaching`."""

from auditor.access.reaching import covers, touches

__all__ = ["covers", "touches"]
