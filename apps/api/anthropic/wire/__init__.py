"""Anthropic's words, which live and die here: requests to our values, our values to messages. No view, no database."""
