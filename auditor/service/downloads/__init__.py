"""Downloads: what somebody chose of the stored runs, as a report that is made once and stays what it was.

`asking.ask` is how routes, pages and commands ask for one; `offers.offers` is what can be chosen; and
`documents.document_for` puts the document together, in the process that makes the report.
"""
