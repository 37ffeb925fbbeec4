"""The pages of prompt templates and of batches."""
