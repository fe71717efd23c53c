from reconnect.testing import check_store
from store import Row


def test_the_store_swaps_as_it_has_to(tmp_path):
    check_store(lambda name: Row(tmp_path / "sessions.db", name))
