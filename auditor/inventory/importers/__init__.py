"""Lists of machines that stand elsewhere (CSV, Ansible, NetBox, a vCenter) become entries of an inventory.

`entry` is what each of them is read into, `compare` what that changes, `rewrite` how the file then reads, `apply` how
it gets there.
"""
