"""The commands as a user types them."""

import shlex

from click.testing import CliRunner

from trainer.cli import main


def smf_train(line):
    """`smf-train LINE`: exit code and output."""
    return CliRunner().invoke(main, shlex.split(line))
