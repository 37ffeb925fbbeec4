"""Comparison of answers by their words. From outside only `overlap`, `passages`, `provenance`, `rows` are imported."""
