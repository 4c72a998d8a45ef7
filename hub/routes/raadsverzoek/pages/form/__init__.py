"""The secretary's form for a raadsverzoek: from the first question to the proof that it was sent.

``fields`` says what is asked, ``state`` is what was typed and how it becomes the document, ``landing`` finds the field of a
finding, ``store`` keeps drafts, ``sheets`` are the pages one fills in, ``router`` the addresses.
"""
