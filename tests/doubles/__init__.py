"""Stand-ins for the world, where the real thing cannot misbehave on command."""
