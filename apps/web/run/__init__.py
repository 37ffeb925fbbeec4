"""The page of a run, live, finished or shared."""
