"""Anthropic's Messages API, so that its clients, and agents that speak it, can ask any model and any fusion."""
