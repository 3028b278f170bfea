"""Captures at rest and what protects them: the capture folder, redaction of secrets."""
