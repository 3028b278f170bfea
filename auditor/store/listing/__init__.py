"""Lists for pages and programs: what a scope allows, a page at a time, each page where the one before it ended."""
