"""What is worth telling of a run, whom to tell, in which words, and the ways a message goes out.

Everything here but `senders` and `secrets` is pure. A message holds titles of rules, names of targets and numbers:
never an observation, a reason or any other text that a device or a person wrote.
"""
