"""Linux hosts: one POSIX sh program over one SSH connection, or on this machine; one framed answer back.

Nothing is written on the host, and nothing is left there. Without root it says which facts are gaps.
"""

from auditor.collectors.linux.fetch import PLATFORM, fetch
from auditor.collectors.linux.options import Options
from auditor.collectors.linux.read import read

__all__ = ["PLATFORM", "Options", "fetch", "read"]
