"""The Model Context Protocol: runs as tools and resources for agents, with the keys and limits of the API."""
