"""How well the engine predicts what an account's own alarms did."""
