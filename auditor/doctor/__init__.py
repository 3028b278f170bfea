"""`auditor doctor`: is everything there that an audit needs, and what mends what is not.

Nothing is changed: no table is made, no message sent, and sources are read as an audit reads them.
"""
