"""What is kept: runs, snapshots, findings and drift as intervals, schedules, waivers, the journal.

Only this package knows SQL.
"""
