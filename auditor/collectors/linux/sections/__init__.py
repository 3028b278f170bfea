"""Sections of `read`: each looks at its own records and fills its own facts."""
