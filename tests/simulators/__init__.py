"""Peers that tests talk to: real protocols, synthetic content, loopback only."""
