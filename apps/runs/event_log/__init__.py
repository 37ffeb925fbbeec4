"""The log of a run's events: written, followed, and read to the end."""
