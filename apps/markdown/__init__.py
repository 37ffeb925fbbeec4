"""Untrusted Markdown to safe HTML."""
