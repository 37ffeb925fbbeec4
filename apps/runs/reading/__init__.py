"""Reading runs: snapshots, lists, exports, redaction, and the health of models."""
