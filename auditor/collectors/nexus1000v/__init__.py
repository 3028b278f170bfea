"""Nexus 1000V supervisors and other NX-OS switches: SSH for the configuration, SNMP for identity and exposure."""

from auditor.collectors.nexus1000v.collect import fetch
from auditor.collectors.nexus1000v.options import Options
from auditor.collectors.nexus1000v.read import read

PLATFORM = "nexus1000v"

__all__ = ["PLATFORM", "Options", "fetch", "read"]
