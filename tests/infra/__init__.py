"""The infrastructure under infra/bicep/ says what the app says."""
