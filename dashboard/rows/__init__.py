"""The rows behind the figures that no list of the admin has: asked for as the figures are, and shown without texts."""
