"""Exports: one module per format, each a pure function from an audit to bytes."""
