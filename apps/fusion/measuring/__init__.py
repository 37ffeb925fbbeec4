"""Measure the judgement on answers whose final answers are known. Only for people who work on it."""
