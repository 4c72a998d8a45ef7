"""Reading and judging XML from outside: hardened parsing, the project's own schemas, and official bundles put beside them.

``parsing`` is the only way in for untrusted XML. ``registry`` knows which schema judges which message. ``findings`` turns
what libxml2 says into findings without content. ``rules`` holds what the standards demand outside their schemas. ``bundles``
installs official schemas from a date on; ``structure`` tells what they change. The schemas themselves are in
``<family>/[<version>/]*.xsd``.
"""
