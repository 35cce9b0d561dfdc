"""Pages of the course. None sets a cookie or keeps who reads it."""
