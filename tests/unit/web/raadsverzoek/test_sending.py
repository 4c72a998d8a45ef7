"""From the first question to a message in the journal, without a script."""

from __future__ import annotations

import json

from hub.journal import reading
from tests.support.form_filler import Secretary, path_of, sentences
from tests.support.live_site import LiveSite


def test_a_plain_form_becomes_a_message(anna: Secretary, desk_site: LiveSite):
    base = anna.whole("CJG-2026-700001")
    check = anna.get(f"{base}/controle")
    assert "Er zijn nog" not in check.text, sentences(check)
    answer = anna.send_off(base)
    assert answer.status_code == 303, sentences(answer)
    message_id = reading.parse_id(path_of(answer).split("/")[2])
    assert message_id is not None
    view = desk_site.view(message_id)
    assert (view.kenmerk, view.status) == ("CJG-2026-700001", "waiting")
    sealed = reading.content(desk_site.hub.journal, message_id, "document")
    assert sealed is not None
    key = desk_site.hub.keyring.unwrap(sealed.data_key, sealed.key_id, message_id)
    given = json.loads(desk_site.hub.keyring.open(sealed.body, key, message_id=message_id, kind="document"))
    assert given["kinderen"][0]["geboortedatum"] == "2015-03-09"
    confirmation = anna.get(answer.headers["location"])
    assert "N.V. (2015)" in confirmation.text
    assert view.reference in confirmation.text
    assert anna.get(base).status_code == 404, "the draft is gone"
