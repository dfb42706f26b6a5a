"""Check a live stack, part by part."""
