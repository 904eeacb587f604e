"""Showing a tape: as a trace table."""
