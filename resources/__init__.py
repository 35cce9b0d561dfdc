"""Principles, harm-reduction tools and the directory of help."""
