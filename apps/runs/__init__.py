"""The shell: runs and calls in the database, the work on them, and the log of their events."""
