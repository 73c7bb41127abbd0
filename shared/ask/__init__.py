"""Answer prompts: plan which skills to use, look up through Graph and state, and answer with data and sources."""
