"""Money: caps, metering of calls, and the ledger of what was spent."""
