"""Small helpers that more than one app needs, each file named by its subject."""
