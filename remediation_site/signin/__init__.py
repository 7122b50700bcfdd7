"""How people sign in: throttling, the second factor, single sign-on, and how long a session lasts."""
