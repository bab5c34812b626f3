"""What only the staff of the city may do, one module each."""
