"""`python -m rollcall.app.command_line` does what `rollcall` does."""

from rollcall.app.command_line.application import main

if __name__ == "__main__":
    main()
