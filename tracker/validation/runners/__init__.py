"""One module for each kind of entry: `run(entry, surroundings)` executes it once and says what it found."""
