"""Searching runs: the query and its grammar, its conditions on search rows, pages of what it finds, and snippets."""
