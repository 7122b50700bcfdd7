"""Reports: one value built from the sheets of the pages, written as Markdown, HTML, PDF and JSON, kept and mailed."""
