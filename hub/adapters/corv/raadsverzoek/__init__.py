"""The raadsverzoek (Verzoek tot Onderzoek): its document, its rules, its sentences and its mapping to ``vtoDi01``.

``document`` is the shape, ``reading`` gets it out of JSON, ``rules`` (with ``persons`` and ``attachments``) judges it, ``vto``
writes the message, ``wording`` holds the sentences about what is wrong, ``sentences`` those about what comes back.
"""
