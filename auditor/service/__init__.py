"""Runs of the service: begun, shared out in shards, collected, judged, rendered, ended. The database is the truth.

No Celery here: `workers/` and `auditor serve` call these functions, and a message to them is never more than a hint.
docs/explanation/how-a-night-runs.md tells the whole.
"""
