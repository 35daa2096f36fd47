"""The memory for bodies: counted by what arrived, with a share per sender."""

import pytest

from shared.base.errors import Unavailable
from shared.web.bodies import ALL_BYTES, OPEN_SHARE_BYTES, SHARE_BYTES, Bodies, Sender

ONE, OTHER, PEER = Sender("device-1", True), Sender("device-2", True), Sender("10.0.0.1", False)


@pytest.mark.parametrize(("sender", "share"), [(ONE, SHARE_BYTES), (PEER, OPEN_SHARE_BYTES)])
def test_a_sender_has_no_more_than_its_share_and_others_keep_theirs(sender: Sender, share: int) -> None:
    bodies = Bodies()
    with bodies.held(sender) as first, bodies.held(sender) as second, bodies.held(OTHER) as other:
        first.add(share)
        with pytest.raises(Unavailable):
            second.add(1)
        other.add(share)


def test_all_senders_together_have_no_more_than_the_process_gives() -> None:
    bodies = Bodies()
    senders = [Sender(str(n), True) for n in range(ALL_BYTES // SHARE_BYTES)]
    for sender in senders:
        bodies.add(sender, SHARE_BYTES)
    with pytest.raises(Unavailable), bodies.held(OTHER) as one_more:
        one_more.add(1)


def test_a_body_that_is_refused_or_answered_is_counted_out() -> None:
    bodies = Bodies()
    with pytest.raises(Unavailable), bodies.held(PEER) as refused:
        refused.add(OPEN_SHARE_BYTES + 1)
    with bodies.held(ONE) as answered:
        answered.add(5)
    assert (bodies.all, bodies.by_sender) == (0, {})
