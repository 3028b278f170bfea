"""The Celery shell around `auditor`: ids go in, ids come out; everything that thinks lives in `auditor`."""
