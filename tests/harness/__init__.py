"""What tests drive: real servers, load, softphones; and the rules that hold for all."""
