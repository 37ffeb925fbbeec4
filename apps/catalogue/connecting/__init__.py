"""Providers become connected: from the environment or a page, with lists of models, prices and checks."""
