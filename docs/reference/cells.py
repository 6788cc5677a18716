"""What a cell of a table may hold."""


def cell(text: str) -> str:
    """The text on one line, with nothing that would end the cell."""
    return " ".join(text.split()).replace("|", "\\|")
