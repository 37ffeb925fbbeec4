"""The page of calibrations: what measured weights hold for, and their making from one's own ratings and votes."""
