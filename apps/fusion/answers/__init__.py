"""Final answers: what a text concludes, read by rules and compared as it is written. Knows nothing of sentences."""
