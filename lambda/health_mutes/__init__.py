"""Mutes the alarms of what AWS Health says will be changed, for the hours that it says."""
