"""Tests, and the peers they talk to."""
