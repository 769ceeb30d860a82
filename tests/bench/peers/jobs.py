"""What the peers' workers do."""


def nothing(number: int) -> None:
    """Nothing."""
