"""Files that come with a report: cleaned in a process of their own, sealed, given out as attachments."""
