"""Pages of the tracker outside of the admin."""
