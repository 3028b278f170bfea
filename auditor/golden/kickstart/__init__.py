"""A golden profile from an ESXi kickstart file: what its commands set, and every line that was not understood. Pure."""
