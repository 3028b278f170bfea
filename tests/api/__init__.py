"""The HTTP interface, spoken to over real sockets."""
