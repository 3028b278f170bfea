"""Container, compose file and units: they say what the service takes, and little may be done in them."""
