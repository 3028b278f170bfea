"""`python -m tests.changes.vsphere`: the table of what was foretold and what came true."""

from tests.changes.vsphere.fidelity import outcomes_table

if __name__ == "__main__":
    print(outcomes_table())
