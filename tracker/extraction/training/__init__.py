"""Training of the extraction's model. Needs scikit-learn (requirements-train.txt); extraction itself does not."""
