"""Records to signals to cases: what is worth acting on, and for whom."""
