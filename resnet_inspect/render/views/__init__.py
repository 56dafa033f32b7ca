"""Report -> Page: what each report looks like, whatever the format."""
