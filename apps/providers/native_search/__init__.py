"""Native search, by the vendor itself: how it is asked for, what each dialect tells of it, what a search costs."""
