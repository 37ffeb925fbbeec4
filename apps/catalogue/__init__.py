"""What is connected: providers, models, prices, presets."""
