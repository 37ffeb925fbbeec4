"""The applications of FusionWeb; docs/architecture.md draws the arrows between them."""
