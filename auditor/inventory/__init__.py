"""What is to be audited: inventory.yaml, its credentials and its declared population."""
