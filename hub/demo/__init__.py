"""The demonstration: a real hub with simulated partners in processes of their own, and the cases it plays.

``files`` and ``cases`` make what is sent, ``partner`` runs the simulated partner, ``scene`` the hub, ``play`` lets the cases
happen and tells each step to a ``Teller``. How it looks on a screen is for the command line.
"""
