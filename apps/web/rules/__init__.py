"""The page of routing rules: their order, their forms, and a test that runs nothing."""
