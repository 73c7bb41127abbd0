"""The words of the product as frozen types. This package imports nothing of ours."""
