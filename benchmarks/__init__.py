"""Measurements that are run by hand and judged against a floor; the site never imports them."""
