"""What a user can do wrong, said in one line."""


class TrainerError(Exception):
    """A mistake of the user's or of their machine: `action: object: got, wanted, remedy`."""
