"""Comparison of answers by their words. From outside, only `overlap` and `passages` are imported."""
