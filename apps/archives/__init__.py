"""Archives: everything that a person keeps here as one file, written and read back (``docs/export.md``)."""
