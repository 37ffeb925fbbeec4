"""The locked transactions of a run, claims on calls, limits, reservations, and the sweep."""
