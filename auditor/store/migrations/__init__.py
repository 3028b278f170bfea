"""The steps from each released schema to the next: `versions/rev_NNNN.py`, run by `store.migrate`.

A step is written out (`op.create_table`, never the tables of today) and is never changed once released.
"""
