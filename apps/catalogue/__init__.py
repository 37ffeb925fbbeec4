"""The connected providers with their models and prices, and the presets."""
