"""Golden profiles: the intended facts of a kind of host, captured, compared, filled in per host. Pure."""
