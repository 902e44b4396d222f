"""What the services need from outside, by noun. clients/ implements it; tests may double it here alone."""
