"""What attackers write, through the whole system."""
