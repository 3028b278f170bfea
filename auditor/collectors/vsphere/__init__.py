"""How a vCenter or a single ESXi host is read.

    tls ─► wire (HTTPS exchanges with a deadline) ─► soap (pyVmomi's serialiser over our wire) ─► session (one login)
    session ─► inventory (who is there) ─► walk (bulk, in chunks) ─► hostcalls (what only hosts answer) ─► closing check
    captures ─► read_host | read_dvs | read_vcenter (pure)

`collect` is that flow; `fetching` runs it on a thread of its own so that nothing a peer does can hold up the caller.
Why it is done this way, and what each approach costs: docs/explanation/vsphere-collection.md.
"""
