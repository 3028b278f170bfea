"""A simulated Nexus 1000V: SSH device, synthetic configuration, SNMP agent."""
