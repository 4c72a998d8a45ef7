"""The demonstration: a real hub with simulated partners in processes of their own, and the cases it plays.

Exchanges bring the cases (``hub.contracts.demonstration``). ``partner`` runs a simulated partner, ``scene`` the hub, ``play``
lets the cases happen and tells each step to an ``Observer``; ``sample_files`` makes attachments. How it looks on a screen is
for the command line.
"""
