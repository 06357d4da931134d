"""`python -m smfosc`: the command line, wherever the package lies."""

from smfosc.cli import main

if __name__ == "__main__":
    main(prog_name="smfosc")
