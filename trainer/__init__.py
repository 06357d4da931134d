"""The factory: from recorded sound to a playable sound model. torch lives here."""
