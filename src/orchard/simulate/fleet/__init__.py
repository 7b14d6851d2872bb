"""A fleet over time."""
