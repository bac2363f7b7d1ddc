"""The way of a REGISTER: drives the services with messages and time, releases answers."""
