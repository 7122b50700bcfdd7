"""The API at /api/v1/: one more door to the functions of tracker, alerts and dashboard, for programs with a token."""
