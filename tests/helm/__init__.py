"""The chart, rendered by a real Helm and checked without a cluster."""
