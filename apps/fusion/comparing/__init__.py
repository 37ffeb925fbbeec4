"""Comparison of answers by their words. From outside, only `overlap`, `passages` and `rows` are imported."""
