"""Issues from tables: read with limits, compared with what is here, and written by the usual functions."""
