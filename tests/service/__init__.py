"""Runs of the service, without Celery."""
