"""What a REGISTER does to a record: granted with events, or a named refusal."""
