"""Auditor: configuration-compliance auditing of ESXi and vCenter, Nexus 1000v and NX-OS, and Linux.

Start reading at `auditor/pipeline.py`, which is the whole flow from top to bottom.
"""

__version__ = "0.1.0"
