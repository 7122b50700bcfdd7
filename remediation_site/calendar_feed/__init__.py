"""Deadlines as a calendar that other programs subscribe to, by a secret address of each person."""
