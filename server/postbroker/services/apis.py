"""What the engine needs of connected accounts."""


class DisconnectedError(Exception):
    """There is no way to the account any more: a person must connect it anew."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
