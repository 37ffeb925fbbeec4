"""Figures on the core itself, measured on recorded answers: how often it is fooled, and how often it is too strict."""
