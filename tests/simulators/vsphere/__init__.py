"""Simulated vCenter and ESXi; README.md in this folder says what they can and cannot show."""
