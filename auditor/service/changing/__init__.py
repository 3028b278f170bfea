"""Changes of the service: what they stand on, how they are kept, and what came of them after their window."""
