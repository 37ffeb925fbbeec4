"""The core: what a fusion is, as pure values and functions without any I/O, clock or randomness."""
