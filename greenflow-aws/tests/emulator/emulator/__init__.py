"""An AWS to test against: moto's server, with what moto lacks played by the modules here.

What each does is in README.md beside this package.
"""

import os

# The images that one could start: nobody here does, and each account would load a thousand.
os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
