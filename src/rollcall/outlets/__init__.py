"""What leaves the house: webhooks, mail and chat alerts. Empty until they are built."""
