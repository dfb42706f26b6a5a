"""A first environment folder, made from five answers and from what runs in the account."""
