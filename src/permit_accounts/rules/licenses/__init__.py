"""Contractor license numbers: formats, normal form and workers' compensation, all pure."""
