"""Where the standing of a license can be looked up."""
