"""Routes of the audits, a module for each noun: they ask `store.listing` and `service`, and decide nothing."""
