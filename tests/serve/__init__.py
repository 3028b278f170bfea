"""`auditor serve` and what it is made of, as real processes."""
