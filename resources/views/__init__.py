"""The pages of resources, each subject in its own module."""
