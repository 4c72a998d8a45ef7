"""An index of reports (Verwijsindex Risicojongeren), over SOAP, by whatever WSDL its product has."""

from hub.contracts.partner import Partner
from hub.message import Repeat

PARTNER = Partner(
    name="verwijsindex",
    title="Verwijsindex, over SOAP by its WSDL",
    # To the engine: the adapter itself never puts a doubtful message on the wire twice unless the settings allow it. It asks
    # the index what it has, or raises in_doubt (hub.adapters.verwijsindex.client).
    repeat=Repeat.RECOGNISED,
    settings="hub.adapters.verwijsindex.settings:IndexSettings",
    adapter="hub.adapters.verwijsindex.client:make",
    source="hub.adapters.verwijsindex.source:make",
    checks="hub.adapters.verwijsindex.checks:look",
    simulator="hub.simulators.verwijsindex.command:simulate",
)
