"""The one way out: every HTTP request that this server makes to an address that somebody else may have chosen."""
