"""What each command is called, takes and says of itself; the work is loaded when it is called."""
