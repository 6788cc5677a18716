"""The command line. The graph is imported only by what needs it: help and wrong settings answer at once."""
