"""Peers that the flip tests share."""

from tests.flips.linux_lab import machine

__all__ = ["machine"]
