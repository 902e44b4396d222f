"""`python -m sovereign`."""

from sovereign.cli.main import main

main()
