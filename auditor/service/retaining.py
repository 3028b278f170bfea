"""What is kept, as the settings say."""

from auditor.settings import settings
from auditor.store.going import Policy


def kept_by_settings() -> Policy:
    """The policy of retention. Raises InputError for settings that cannot be read."""
    said = settings()
    return Policy(said.keep_captures, said.keep_reports, said.keep_snapshots, said.keep_downloads)
