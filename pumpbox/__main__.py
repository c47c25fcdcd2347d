"""`python -m pumpbox`."""

from pumpbox.cli import main

if __name__ == "__main__":
    main()
