"""The locks of the reports: pure functions over bytes, without models (sealed reports, sections 2 to 4)."""
