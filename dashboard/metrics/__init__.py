"""From rows to figures: each page of the dashboard is one function that answers with a Sheet."""
