"""Reports and exports, all rendered from one audit (schema auditor/1).

`write` is the whole interface: it puts the chosen formats into a folder. Nothing heavy is imported until a format
that needs it is asked for.
"""

from auditor.reporting.render import FORMATS, PdfUnavailable, Written, write

__all__ = ["FORMATS", "PdfUnavailable", "Written", "write"]
