"""The Models page: providers, models, prices, tests."""
