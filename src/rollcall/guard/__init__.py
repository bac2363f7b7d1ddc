"""Who may speak: authentication, nonces, address rules, rates."""
