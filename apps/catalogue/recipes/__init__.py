"""Presets and forms become recipes, with warnings and estimates before a run."""
