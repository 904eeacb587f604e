"""A tape as a program: replayed on other inputs, under other libraries, or written out as source."""
