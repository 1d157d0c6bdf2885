"""The module in whose `.pyc` file `recpol.cli.bytecode` keeps the byte code of all others. Nobody loads this one."""
