"""The settings page: API keys and caps."""
