"""Pages to choose sounds by ear, and what they show."""
