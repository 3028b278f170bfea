"""Notifications in the database: channels, subscriptions, what there is to tell, and what became of telling it."""
