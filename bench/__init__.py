"""Measures the overhead of FusionWeb against a direct client, on the real stack. `python -m bench --help`."""
