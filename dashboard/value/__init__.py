"""The figures of the dashboard: values in, figures out. Pure: no Django, no clock. docs/metrics.md has the formulas."""
