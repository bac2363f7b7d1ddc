"""The nouns of the house and the ports through which its rooms are joined."""
