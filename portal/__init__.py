"""The house itself: settings, URLs, the pages that join the apps, and the staff site."""
