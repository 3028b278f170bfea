"""Rules as data and as functions: schema, paths, operators, compilation, and the check of the rules. Pure."""
