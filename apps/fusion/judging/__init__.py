"""The judge's analysis: its values, the reading of a reply, verified quotes, the agreement score."""
