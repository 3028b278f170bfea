"""Tests of the import of kickstart files."""
