"""Prompt templates, and batches of runs of one prompt with many values. Runs know neither."""
