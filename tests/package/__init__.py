"""What is deployed: its contents, and that it runs by itself."""
