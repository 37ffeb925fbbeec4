"""The settings page: name and preferences, password, API keys, caps, and the download of one's own data."""
