"""A claimed call: its request, its stream on the loop of the worker, its retries and its result."""
