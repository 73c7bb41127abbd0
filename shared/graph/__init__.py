"""Microsoft Graph: queries from msgraph-sdk builders, one raw $batch, budgets per bucket, errors turned into gaps."""
