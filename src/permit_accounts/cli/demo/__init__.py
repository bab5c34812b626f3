"""The whole portal on this machine: pages, staff desk and mail, for a city that does not exist."""
