"""The library behind entra-triage: records in, one true ticket out. Knows nothing of Azure Functions."""
