"""Writes that are carried out at most once: who asked for what, what was sent upstream, how it was answered."""
