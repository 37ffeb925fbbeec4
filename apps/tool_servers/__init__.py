"""Servers of the Model Context Protocol, as a client: their tools are listed and called. HTTP, and no Django.

The protocol is the official package's, an extra (``mcp-client``) that is imported when a server is first asked.
"""
