"""The home page: the form that becomes a run."""
