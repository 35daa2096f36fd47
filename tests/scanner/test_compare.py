"""The scanner displays whom the service names, and its book keeps no name."""

from tests.checkpoint.test_gate_names import registered
from tests.scanner.post import Post
from tests.scanner.test_device import scans


async def test_the_display_names_the_person_of_the_answer_and_the_book_does_not(post: Post) -> None:
    device = post.device()
    registered(post.gate)
    display = await scans(device, "K-1")
    assert display.person == "王** 1953"
    assert all("王" not in str(receipt) for receipt in device.book.receipts())
