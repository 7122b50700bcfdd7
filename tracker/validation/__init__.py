"""What may be executed to validate an issue, and how: the catalogue, its runners, and the evidence as values."""
