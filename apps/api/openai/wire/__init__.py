"""OpenAI's words, which live and die here: requests to our values, our values to responses. No view, no database."""
