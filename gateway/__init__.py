"""The machine: how the graph is answered."""

__version__ = "0.1.0"
